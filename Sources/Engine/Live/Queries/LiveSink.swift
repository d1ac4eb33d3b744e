import Columnar
import QueryLang

/// Takes the rows of a live plan and tells what changes. Belongs to the live thread.
protocol LiveSink: AnyObject {
    /// Takes history, through the feed, which learns from it too.
    func load(_ history: LiveHistory, _ feed: LiveFeed) throws(QueryError)
    /// Takes a batch; `history` is the state of the tables right after it, which is made ready if it is asked.
    func apply(_ input: LiveInput, _ history: @autoclosure () -> LiveHistory) throws(QueryError) -> [LiveRow]
    /// The rows of the answer, and whether these are all.
    func answer() throws(QueryError) -> (rows: [LiveRow], isWhole: Bool)
    /// Groups, keys or rows that are held.
    var heldCount: Int { get }
    /// Rows that came too late for what is kept, and changed nothing that is told.
    var lateCount: Int { get }
}

extension LiveShape {
    func makeSink(_ limits: LiveQueryLimits, _ context: ExecutionContext) -> any LiveSink {
        switch sink {
        case .rows: LiveAppend(self, limits, context)
        case .latest(let keys): LiveLatest(self, keys, limits, context)
        case .aggregate(let plan): LiveAggregate(self, plan, limits, context)
        }
    }

    /// The row that tells that there is no row of a key any more.
    func removed(_ key: [Scalar], isRevision: Bool) -> LiveRow {
        var values = [Scalar](repeating: .null, count: columns.count)
        for (column, value) in zip(keyColumns, key) { values[column] = value }
        return LiveRow(key: key, values: values, isRevision: isRevision, isClosed: true, isRemoved: true)
    }
}
