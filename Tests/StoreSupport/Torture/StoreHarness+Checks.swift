public import Columnar
import Store

/// Reading, and what must hold whenever a store is open.
extension StoreHarness {
    /// What a read found.
    public enum ReadOutcome: Sendable, Hashable {
        /// The right rows.
        case right
        /// An error that the disk gave a reason for.
        case failed
    }

    /// Compares everything to the model.
    @discardableResult
    public func checkAll() throws -> ReadOutcome {
        guard let store else { return .failed }
        return try read("reading everything") { try check(store.snapshot(), store, live) }
    }

    /// Compares the answer to one request to the model.
    @discardableResult
    public func check(_ request: ScanRequest) throws -> ReadOutcome {
        guard let store else { return .failed }
        return try read("\(request)") { try StoreComparison(store.snapshot(), to: live).compare(request) }
    }

    /// Reads every series on its own: each shows the right rows or fails as damaged and names the file.
    ///
    /// - Returns: how many series failed.
    @discardableResult
    public func checkDamaged() throws -> Int {
        guard let store else { return 0 }
        let snapshot = store.snapshot()
        let comparison = StoreComparison(snapshot, to: live)
        var failures = 0
        func attempt(_ body: () throws -> Void) throws {
            do { try body() } catch let error as TableError {
                guard error.code == .corrupt, error.message.contains(".seg") else {
                    throw ModelViolation("a damaged file gives \(error.code), \(error.message)")
                }
                failures += 1
            }
        }
        for (name, table) in live.tables.sorted(by: { $0.key < $1.key }) {
            let request = ScanRequest(table: name, columns: Array(table.schema.columns.indices))
            try attempt {
                let expected = table.answer(.all, .all)
                for (series, read) in try SnapshotReader(snapshot).readers(request) {
                    try attempt {
                        try comparison.compare(try read(), expected[series] ?? [], table, series, request)
                    }
                }
            }
        }
        return failures
    }

    /// Runs a read; an error must have a reason.
    public func read(_ what: String, _ body: () throws -> Void) throws -> ReadOutcome {
        do {
            try body()
            return .right
        } catch let error as TableError {
            try expectReason(for: error, of: what)
            guard error.code == .io else { throw ModelViolation("\(what) failed: \(error.code), \(error.message)") }
            return .failed
        }
    }

    func check(_ snapshot: any TableSnapshot, _ store: Store, _ model: StoreModel) throws {
        try StoreComparison(snapshot, to: model).run()
        for (name, table) in model.tables where store.timeToLive(of: name) != table.timeToLive {
            let found = store.timeToLive(of: name).map { "\($0)" } ?? "none"
            throw ModelViolation("time to live of \(name): \(found), expected \(String(describing: table.timeToLive))")
        }
    }

    /// The directory holds the segments of the manifest and no others; no file is half made.
    func checkFiles(_ store: Store) throws {
        let inside = disk.files.filter { $0.key.hasPrefix(directory + "/") }
        let segments = inside.filter { $0.key.hasSuffix(".seg") }
        let statistics = store.statistics
        let bytes = UInt64(segments.values.reduce(0, +))
        guard segments.count == statistics.segments, bytes == statistics.segmentBytes else {
            throw ModelViolation(
                """
                the manifest lists \(statistics.segments) segments of \(statistics.segmentBytes) bytes, the directory \
                has \(segments.count) of \(bytes): \(segments.keys.sorted())
                """
            )
        }
        let temporary = inside.keys.filter { $0.hasSuffix(".tmp") }
        guard temporary.isEmpty else { throw ModelViolation("left behind: \(temporary.sorted())") }
    }
}
