import Columnar
import Foundation
import Ingest
import MarketStore

/// Remembers which files went into a variable bucket, in a table beside the buckets: the bucket takes any number of equal
/// rows, so a file that is imported twice would be in it twice.
///
/// Files are told apart by their contents, unpacked. An entry stands from before the first row until after the last one.
struct ImportJournal {
    /// The table of the entries.
    static let table = "csv_imports"

    /// What became of an import.
    enum State: String {
        /// It goes on, or its process was killed.
        case begun
        /// It ended before the end of the file.
        case stopped
        case done
        /// No import: the bucket was made anew, so that what went into it before is not in it.
        case made
    }

    /// An import of a file into a bucket.
    struct Entry: Equatable {
        /// When it began, in nanoseconds since the Unix epoch.
        var time: Int64
        var digest: String
        var file: String
        /// Rows that were written.
        var rows = 0
        var state = State.begun
    }

    private let statements: any Statements
    private let now: () -> Int64

    init(_ statements: any Statements, now: @escaping () -> Int64 = WallClock.now) {
        self.statements = statements
        self.now = now
    }

    /// The name of a file's contents.
    static func digest(of path: String) throws -> String {
        let reader = RecordingReader(paths: [path])
        var digest = SHA256()
        while true {
            let bytes = try reader.next()
            if bytes.isEmpty { return digest.hexadecimal() }
            digest.update(bytes)
        }
    }

    /// The last import of the same contents, and the last one of a file of that name, if it had others.
    func earlier(
        _ key: BucketKey,
        digest: String,
        file: String
    ) throws(CommandError.Failure) -> (same: Entry?, other: Entry?) {
        try makeTable()
        let all = try statements.rows(
            of: """
                SELECT time, sha256, file, rows, state FROM \(Self.table)
                WHERE bucket = \(Self.quoted(key.description))
                AND (sha256 = \(Self.quoted(digest)) OR file = \(Self.quoted(file))
                OR state = \(Self.quoted(State.made.rawValue))) ORDER BY time
                """
        ).compactMap(Self.entry)
        let entries = all[(all.lastIndex { $0.state == .made }.map { $0 + 1 } ?? 0)...]
        return (entries.last { $0.digest == digest }, entries.last { $0.digest != digest })
    }

    /// Notes that a bucket is not there, so that nothing is in it.
    func forget(_ key: BucketKey) throws(CommandError.Failure) {
        try makeTable()
        // Before the import that makes it, also where the clock is coarse.
        try put(Entry(time: now() - 1, digest: "", file: "", state: .made), key)
    }

    /// Notes that rows of a file are going to be written.
    func begin(_ key: BucketKey, digest: String, file: String) throws(CommandError.Failure) -> Entry {
        try makeTable()
        let entry = Entry(time: now(), digest: digest, file: file)
        try put(entry, key)
        return entry
    }

    /// Notes how an import ended.
    func end(_ key: BucketKey, _ entry: Entry, rows: Int, _ state: State) throws(CommandError.Failure) {
        var entry = entry
        (entry.rows, entry.state) = (rows, state)
        try put(entry, key)
    }

    // MARK: The table

    private func makeTable() throws(CommandError.Failure) {
        _ = try statements.rows(
            of: """
                CREATE TABLE IF NOT EXISTS \(Self.table) (time timestamp, bucket string, sha256 string, file string,
                rows int64, state string) TIMESTAMP(time) DEDUP UPSERT KEYS (time, bucket, sha256)
                """
        )
    }

    private func put(_ entry: Entry, _ key: BucketKey) throws(CommandError.Failure) {
        let texts = [CivilTime.text(entry.time), key.description, entry.digest, entry.file].map(Self.quoted)
        let values = texts + [String(entry.rows), Self.quoted(entry.state.rawValue)]
        _ = try statements.rows(
            of: """
                INSERT INTO \(Self.table) (time, bucket, sha256, file, rows, state)
                VALUES (\(values.joined(separator: ", ")))
                """
        )
    }

    private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }

    private static func entry(_ row: [AnswerValue]) -> Entry? {
        guard row.count == 5, case .timestamp(let time) = row[0], case .text(let digest) = row[1],
            case .text(let file) = row[2], case .integer(let rows) = row[3], case .text(let word) = row[4],
            let state = State(rawValue: word)
        else { return nil }
        return Entry(time: time, digest: digest, file: file, rows: Int(clamping: rows), state: state)
    }
}
