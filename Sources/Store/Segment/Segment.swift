import Columnar
import Synchronization

/// A live segment: what the manifest says, and the file, opened when it is first read.
///
/// Once it is obsolete its file goes with the last snapshot that holds it.
final class Segment: Sendable {
    let entry: SegmentEntry
    let path: String
    private let files: any FileSystem
    private let cache: SegmentCache
    private let opened = Mutex<SegmentReader?>(nil)
    private let isObsolete = Atomic<Bool>(false)
    /// The cache's count at the last use.
    let lastUse = Atomic<UInt64>(0)

    init(entry: SegmentEntry, path: String, files: any FileSystem, cache: SegmentCache) {
        self.entry = entry
        self.path = path
        self.files = files
        self.cache = cache
    }

    deinit {
        // What stays is removed when the store is opened next.
        if isObsolete.load(ordering: .acquiring) {
            try? files.remove(path)
            cache.removeDead(entry.byteCount)
        }
        if opened.withLock({ $0 }) != nil { cache.forget() }
    }

    /// Says that nothing durable needs the file any more.
    func retire() {
        if !isObsolete.exchange(true, ordering: .acquiringAndReleasing) { cache.addDead(entry.byteCount) }
    }

    /// The open file; fails anew each time if it is damaged, so that the rest of the store stays readable.
    func reader() throws(TableError) -> SegmentReader {
        lastUse.store(cache.tick(), ordering: .relaxed)
        if let reader = opened.withLock({ $0 }) {
            cache.countHit()
            return reader
        }
        let reader = try SegmentReader(bytes: try bytes(), path: path, entry: entry)
        let (first, isNew) = opened.withLock { opened -> (SegmentReader, Bool) in
            let isNew = opened == nil
            let first = opened ?? reader
            opened = first
            return (first, isNew)
        }
        if isNew { cache.add(self) }
        return first
    }

    /// Lets the open file go, for others; whoever reads it keeps it.
    func closeReader() { opened.withLock { $0 = nil } }

    private func bytes() throws(TableError) -> SegmentBytes {
        switch cache.readMode {
        case .mapped: if let mapped = try files.map(path) { return .mapped(mapped) }
        case .buffered: if let file = try files.openForReading(path) { return .file(file) }
        }
        throw TableError(corrupt: path, offset: 0, expected: "a segment, which is missing")
    }

    /// Whether a row of the file may be in the range.
    func overlaps(_ time: TimeRange) -> Bool {
        !time.isEmpty && entry.firstTime <= entry.lastTime && entry.lastTime >= time.start
            && (entry.firstTime < time.end || time.end == .max)
    }
}
