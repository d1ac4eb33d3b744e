import Foundation

/// The file of the history, which shells that run at once share.
struct HistoryFile {
    /// What else lies at the path is not read.
    private static let bytesMax = 64 << 20

    let path: String

    /// `~/.tickgate_history`, or what TICKGATE_HISTORY says; nil if that is empty, or there is no home.
    init?(environment: [String: String]) {
        if let path = environment["TICKGATE_HISTORY"] {
            guard !path.isEmpty else { return nil }
            self.path = path
        } else {
            guard let home = environment["HOME"], !home.isEmpty else { return nil }
            self.path = home + "/.tickgate_history"
        }
    }

    /// What is in the file; empty if there is none.
    func read() -> History {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let size = attributes?[.size] as? Int, size <= Self.bytesMax,
            let bytes = FileManager.default.contents(atPath: path)
        else { return History() }
        return History(file: String(decoding: bytes, as: UTF8.self))
    }

    /// Adds an entry to what other shells have put there meanwhile. A history that cannot be kept keeps nobody from working.
    func add(_ entry: String) {
        var history = read()
        history.add(entry)
        let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier)"
        // It may hold what nobody else is to see.
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard
            FileManager.default.createFile(
                atPath: temporary,
                contents: Data(history.file.utf8),
                attributes: attributes
            )
        else { return }
        if rename(temporary, path) != 0 { unlink(temporary) }
    }
}
