import Foundation
import MarketStore

/// A year file and the bucket that it belongs to.
struct YearFileName: Sendable, Hashable {
    let key: BucketKey
    let year: Int

    /// The path from the root on, which is also how a write-ahead log names it.
    var relativePath: String { "\(key)/\(year).bin" }

    init(key: BucketKey, year: Int) {
        self.key = key
        self.year = year
    }

    /// Reads `AAPL/1Min/OHLCV/2024.bin`; nil for every other path, one with `..` too.
    init?(relativePath: String) {
        let parts = relativePath.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }),
            parts[3].hasSuffix(".bin"), let year = Int(parts[3].dropLast(4)), (0...9999).contains(year)
        else { return nil }
        self.init(key: BucketKey(symbol: parts[0], timeframe: parts[1], attribute: parts[2]), year: year)
    }
}

/// What a data directory of MarketStore holds: `SYMBOL/TIMEFRAME/ATTRIBUTE/YEAR.bin`, each directory with a text file
/// `category_name` that tells what its children are.
struct MarketStoreTree {
    /// The names of the children of each level.
    private static let categories = ["Symbol", "Timeframe", "AttributeGroup", "Year"]

    let root: String
    /// The year files, by bucket and year.
    let files: [YearFileName]
    /// The buckets, those without a year file too.
    let buckets: [BucketKey]
    /// The write-ahead logs, oldest first.
    let walFiles: [String]
    /// What is odd, for people.
    let notes: [String]

    /// Looks at a directory; throws if it is none of MarketStore's.
    init(root: String) throws(CommandError.Failure) {
        self.root = root
        guard let names = Self.names(root) else { throw CommandError.Failure("\(root): cannot be read as a directory") }
        walFiles = names.filter { $0.hasPrefix("WALFile.") && $0.hasSuffix(".walfile") }.sorted {
            ($0.count, $0) < ($1.count, $1)
        }
        guard names.contains("category_name") || !walFiles.isEmpty else {
            throw CommandError.Failure(
                "\(root): no data directory of MarketStore (category_name is not in it); root_directory of mkts.yml names it"
            )
        }
        var walk = Walk(root: root)
        walk.notes = names.filter { $0.hasPrefix("WALFile.") && $0.hasSuffix(".tmp") }.sorted().map {
            "\($0): a log that MarketStore could not replay and put aside; it is not read (tickgate tool wal --file shows it)"
        }
        walk.visit([])
        files = walk.files
        buckets = walk.buckets
        notes = walk.notes
    }

    static func names(_ directory: String) -> [String]? {
        try? FileManager.default.contentsOfDirectory(atPath: directory)
    }

    private struct Walk {
        let root: String
        var files: [YearFileName] = []
        var buckets: [BucketKey] = []
        var notes: [String] = []

        /// Visits the children of a directory, which has as many parts as levels are above it.
        mutating func visit(_ parts: [String]) {
            let path = ([root] + parts).joined(separator: "/")
            guard let names = MarketStoreTree.names(path)?.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            else {
                notes.append("\(path): cannot be read")
                return
            }
            check(path, names, MarketStoreTree.categories[parts.count])
            if parts.count == 3 {
                let key = BucketKey(symbol: parts[0], timeframe: parts[1], attribute: parts[2])
                buckets.append(key)
                let years = names.compactMap { YearFileName(relativePath: "\(key)/\($0)") }
                files += years.sorted { $0.year < $1.year }
                return
            }
            for name in names where Self.isDirectory("\(path)/\(name)") { visit(parts + [name]) }
        }

        private mutating func check(_ path: String, _ names: [String], _ category: String) {
            guard names.contains("category_name") else {
                // Other directories, such as lost+found, have no year files either.
                return
            }
            let text = (try? String(contentsOfFile: "\(path)/category_name", encoding: .utf8)) ?? ""
            let found = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard found != category else { return }
            notes.append("\(path)/category_name: says '\(found)' where '\(category)' is expected")
        }

        private static func isDirectory(_ path: String) -> Bool {
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
        }
    }
}
