internal import QueryLang
internal import Synchronization

/// The histories of the queries that are followed, or were until a moment ago. Shared by all loops.
///
/// Each text is followed once more, beside those who asked for it, from before the first of them until some time after the
/// last: what it tells meanwhile is held for who comes back. Bounded in number, each in bytes; a query beyond the number is
/// not held, and its subscribers get a snapshot.
final class QueryHistories: Sendable {
    private struct Record {
        let recorder: Recorder
        var users = 1
        /// When it goes, if nobody follows the query any more.
        var deadline: Int64?
    }

    private let source: any StreamQuerySource
    private let records = Mutex<[String: Record]>([:])
    private let countMax: Int
    private let bytesMax: Int
    private let lingerNanoseconds: Int64
    private let uptime: @Sendable () -> Int64

    init(source: any StreamQuerySource, limits: StreamLimits, uptime: @escaping @Sendable () -> Int64) {
        self.source = source
        self.countMax = limits.queryResumeSeconds > 0 ? limits.queryHistoriesMax : 0
        self.bytesMax = limits.queryHistoryBytesMax
        self.lingerNanoseconds = Int64(limits.queryResumeSeconds) * 1_000_000_000
        self.uptime = uptime
    }

    /// How many there are.
    var count: Int { records.withLock { $0.count } }

    /// A text is about to be followed by one more; its history begins before that, or goes on.
    func retain(_ text: String) {
        sweep()
        let isHeld = records.withLock { records in
            guard records[text] != nil else { return false }
            records[text]?.users += 1
            records[text]?.deadline = nil
            return true
        }
        guard !isHeld, count < countMax else { return }
        let recorder = Recorder(bytesMax: bytesMax)
        // A text that cannot be followed has no history; who asked for it is told why.
        guard let query = try? source.open(text, isRecorder: true, receive: { recorder.take($0) }) else { return }
        let isFirst = records.withLock { records in
            guard records[text] == nil else {
                // Another loop was faster.
                records[text]?.users += 1
                records[text]?.deadline = nil
                return false
            }
            recorder.query.withLock { $0 = query }
            records[text] = Record(recorder: recorder)
            return true
        }
        if !isFirst { query.cancel() }
    }

    /// One who followed a text does no more.
    func release(_ text: String) {
        let deadline = uptime() + lingerNanoseconds
        records.withLock { records in
            guard var record = records[text], record.users > 0 else { return }
            record.users -= 1
            if record.users == 0 { record.deadline = deadline }
            records[text] = record
        }
    }

    /// Ends histories whose time is over.
    func sweep() {
        let now = uptime()
        let ended = records.withLock { records -> [Recorder] in
            let ended = records.filter { $0.value.deadline.map { $0 <= now } ?? false || $0.value.recorder.hasEnded }
            for text in ended.keys { records[text] = nil }
            return ended.values.map(\.recorder)
        }
        for recorder in ended { recorder.cancel() }
    }

    /// See ``QueryHistory/changes(after:through:isKeyed:)``.
    func changes(
        of text: String,
        after position: StreamPosition,
        through last: Int64,
        isKeyed: Bool
    ) -> QueryHistory.Answer {
        guard let recorder = records.withLock({ $0[text]?.recorder }) else { return .otherEpoch }
        return recorder.history.withLock { $0.changes(after: position, through: last, isKeyed: isKeyed) }
    }
}

/// Follows a query for the sake of its history, on the thread of live queries.
private final class Recorder: Sendable {
    let history: Mutex<QueryHistory>
    let query = Mutex<StreamQuery?>(nil)
    private let ended = Mutex(false)

    init(bytesMax: Int) { history = Mutex(QueryHistory(bytesMax: bytesMax)) }

    var hasEnded: Bool { ended.withLock { $0 } }

    func take(_ event: StreamQueryEvent) {
        history.withLock { $0.take(event) }
        if case .ended = event { ended.withLock { $0 = true } }
    }

    func cancel() { query.withLock { $0 }?.cancel() }
}
