import Foundation

/// Finds the files that ship beside the program: the console's pages and the description of the API.
enum SharedFiles {
    /// The directory that holds `Public/` and `openapi.yaml`: the working directory, or one above the program.
    static var root: String? {
        var candidates = [FileManager.default.currentDirectoryPath]
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        // .build/x86_64-unknown-linux-gnu/release/tickgate: the package is four folders up.
        for _ in 0..<5 {
            candidates.append(folder.path)
            candidates.append(folder.appendingPathComponent("share/tickgate").path)
            folder.deleteLastPathComponent()
        }
        return candidates.first { FileManager.default.fileExists(atPath: "\($0)/Public/index.html") }
    }
}
