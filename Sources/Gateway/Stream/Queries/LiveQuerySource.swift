internal import Columnar
public import Engine
public import QueryLang

/// The engine's live plans, as the stream follows them.
public struct LiveQuerySource: StreamQuerySource {
    private let engine: QueryEngine
    private let live: any LiveQuerying
    private let plans = PreparedTexts()

    /// Creates a source.
    ///
    /// - Parameters:
    ///   - engine: understands the texts.
    ///   - live: answers them continuously.
    public init(engine: QueryEngine, live: any LiveQuerying) {
        self.engine = engine
        self.live = live
    }

    /// See ``StreamQuerySource/prepare(_:)``.
    public func prepare(_ text: String) throws(QueryError) { plans.keep(try plan(text), for: text) }

    private func plan(_ text: String) throws(QueryError) -> PreparedLiveQuery {
        try live.plan(try engine.prepare(text))
    }

    /// See ``StreamQuerySource/open(_:isRecorder:receive:)``.
    public func open(
        _ text: String,
        isRecorder: Bool,
        receive: @escaping @Sendable (StreamQueryEvent) -> Void
    ) throws(QueryError) -> StreamQuery {
        let follower = Follower(isRecorder: isRecorder, receive)
        let known = plans.plan(of: text)
        let query: LiveQuery
        if let known {
            query = try live.subscribe(known, follower)
        } else {
            query = try live.subscribe(try plan(text), follower)
        }
        return StreamQuery(
            columns: query.columns.map { StreamQuery.Column(name: $0.name, type: $0.type.name) },
            keyColumns: query.isAppending ? [] : query.keyColumns,
            epoch: query.epoch
        ) { [live] in live.unsubscribe(query, follower) }
    }
}

/// Hands on what a live plan tells.
private final class Follower: LiveQuerySubscriber {
    let isRecorder: Bool
    private let put: @Sendable (StreamQueryEvent) -> Void

    init(isRecorder: Bool, _ put: @escaping @Sendable (StreamQueryEvent) -> Void) {
        self.isRecorder = isRecorder
        self.put = put
    }

    func receive(_ event: LiveEvent, of query: LiveQuery) {
        switch event {
        case .snapshot(let snapshot):
            var rows = StreamQueryRows(
                seq: snapshot.seq,
                exchangeTime: 0,
                receiveTime: 0,
                computeTime: 0,
                rows: snapshot.rows.map(\.values)
            )
            rows.epoch = snapshot.epoch
            rows.closed = snapshot.rows.indices.filter { snapshot.rows[$0].isClosed }
            rows.isWhole = snapshot.isWhole
            put(.snapshot(rows))
        case .change(let change):
            // What came in time first, then what it revised: the chain of `prev` goes through both.
            let parts = [false, true].map { isRevision in change.rows.filter { $0.isRevision == isRevision } }
            var prev = change.prev
            for (rows, isRevision) in zip(parts, [false, true]) where !rows.isEmpty {
                put(.change(Self.rows(rows, of: change, prev: prev, isRevision: isRevision)))
                prev = change.seq
            }
        case .ended(let error): put(.ended(error))
        }
    }

    private static func rows(
        _ rows: [LiveRow],
        of change: LiveChange,
        prev: Int64,
        isRevision: Bool
    ) -> StreamQueryRows {
        var result = StreamQueryRows(
            prev: prev,
            seq: change.seq,
            exchangeTime: change.exchangeTime,
            receiveTime: change.receiveTime,
            computeTime: change.computeTime,
            rows: rows.map(\.values),
            isRevision: isRevision
        )
        result.closed = rows.indices.filter { rows[$0].isClosed && !rows[$0].isRemoved }
        result.removed = rows.indices.filter { rows[$0].isRemoved }
        return result
    }
}
