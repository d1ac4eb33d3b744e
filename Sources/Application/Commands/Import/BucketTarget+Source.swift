import Foundation

extension BucketTarget {
    /// Throws if the data directory is the directory that is read, or one lies in the other: MarketStore's default name for
    /// its own, `data`, is ours, too, and a store would be made among its files.
    func checkApart(from source: String) throws(ConfigurationError) {
        guard let data else { return }
        let (from, to) = (Self.canonical(source), Self.canonical(data))
        guard from == to || "\(to)/".hasPrefix("\(from)/") || "\(from)/".hasPrefix("\(to)/") else { return }
        throw ConfigurationError(
            "--data \(data) is not apart from \(source), which nothing is changed in; choose another directory, such as "
                + "./tickgate-data"
        )
    }

    /// The path without links and dots, of a file that need not be there.
    private static func canonical(_ path: String) -> String {
        var url = URL(fileURLWithPath: path).standardizedFileURL
        var missing: [String] = []
        while url.path != "/", !FileManager.default.fileExists(atPath: url.path) {
            missing.insert(url.lastPathComponent, at: 0)
            url.deleteLastPathComponent()
        }
        let parts = url.resolvingSymlinksInPath().path.split(separator: "/").map(String.init) + missing
        return "/" + parts.joined(separator: "/")
    }
}
