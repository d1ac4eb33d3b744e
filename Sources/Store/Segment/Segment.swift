import Columnar
import Synchronization

/// A live segment: what the manifest says, and the file, opened when it is first read.
final class Segment: Sendable {
    let entry: SegmentEntry
    private let path: String
    private let files: any FileSystem
    private let opened = Mutex<SegmentReader?>(nil)

    init(entry: SegmentEntry, path: String, files: any FileSystem) {
        self.entry = entry
        self.path = path
        self.files = files
    }

    /// The open file; fails anew each time if it is damaged, so that the rest of the store stays readable.
    func reader() throws(TableError) -> SegmentReader {
        if let reader = opened.withLock({ $0 }) { return reader }
        guard let mapped = try files.map(path) else {
            throw TableError(.corrupt, "segment \(path) is missing; restore this file from a backup")
        }
        let reader = try SegmentReader(mapped: mapped, path: path, entry: entry)
        return opened.withLock { opened in
            let first = opened ?? reader
            opened = first
            return first
        }
    }

    /// Whether a row of the file may be in the range.
    func overlaps(_ time: TimeRange) -> Bool {
        !time.isEmpty && entry.firstTime <= entry.lastTime && entry.lastTime >= time.start
            && (entry.firstTime < time.end || time.end == .max)
    }
}
