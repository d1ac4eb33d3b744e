import Columnar
import Market
import QueryLang

/// The event that a replay of a book begins with: from there on the book, or everything since its epoch began, is known.
struct BookAnchor {
    /// How far rows of a book may lie from the order in which they arrived: a snapshot comes with the time of the last
    /// message before it, and the changes that were kept back for it come after it with their own, earlier times.
    static let disorderMax = CivilTime.minute

    var seq: Int64
    var time: Int64

    /// The last event before a time, by more than ``disorderMax``, from which the book can be followed: a whole book that
    /// was live, or the word that a feed begins; nil if there is none.
    ///
    /// - Parameter fromEpoch: whether what was summed since the epoch began has to be known as well. Then it is an event
    ///   before the last one that ended an epoch, or that began the feed.
    static func find(
        _ scan: any TableScan,
        _ series: Int,
        _ columns: BookTable,
        timeColumn: Int,
        fromEpoch: Bool,
        _ context: ExecutionContext
    ) throws(QueryError) -> BookAnchor? {
        var mayEnd = !fromEpoch
        // A book that became stale, and is so still, shows sums of the epoch before: only one that a live book followed ends
        // the search.
        var isFollowedByLive = false
        var cursor = try BookAnchor.reading { () throws(TableError) in try scan.open(series: series) }
        while let slice = try BookAnchor.reading({ () throws(TableError) in try cursor.next() }) {
            try context.checkpoint()
            context.counters.addSlice(rows: slice.count)
            if isOfChanges(slice.statistics(column: columns.kind)) { continue }
            func vector(_ column: Int) throws(QueryError) -> Vector {
                try BookAnchor.reading { () throws(TableError) in try slice.vector(column: column) }
            }
            let kinds = CodedWords(try vector(columns.kind), CodedWords.kinds)
            let states = CodedWords(try vector(columns.state), CodedWords.states)
            var row = slice.count
            while row > 0 {
                row &-= 1
                guard let kind = kinds[row].flatMap(BookSlice.Kind.init), kind == .keyframe || kind == .state,
                    let state = states[row].flatMap(BookState.init)
                else { continue }
                let isStart = kind == .state && state == .syncing
                if kind == .state, state == .live { isFollowedByLive = true }
                if isStart || (kind == .state && state == .stale && isFollowedByLive) { mayEnd = true }
                let isLive = kind == .keyframe && (state == .live || state == .crossed)
                guard mayEnd, isStart || isLive else { continue }
                return BookAnchor(
                    seq: try vector(columns.seq).int64Values[row],
                    time: try vector(timeColumn).int64Values[row]
                )
            }
        }
        return nil
    }

    /// Runs what reads tables, with its errors as those of a query.
    static func reading<Value>(_ body: () throws(TableError) -> Value) throws(QueryError) -> Value {
        do throws(TableError) { return try body() } catch { throw QueryError(error) }
    }

    private static func isOfChanges(_ statistics: ColumnStatistics?) -> Bool {
        guard let statistics, statistics.nullCount == 0 else { return false }
        return statistics.min == .text("change") && statistics.max == .text("change")
    }
}
