internal import Columnar
public import Engine
public import QueryLang

/// The engine's live plans, as the stream follows them.
public struct LiveQuerySource: StreamQuerySource {
    private let engine: QueryEngine
    private let live: any LiveQuerying

    /// Creates a source.
    ///
    /// - Parameters:
    ///   - engine: understands the texts.
    ///   - live: answers them continuously.
    public init(engine: QueryEngine, live: any LiveQuerying) {
        self.engine = engine
        self.live = live
    }

    /// See ``StreamQuerySource/open(_:receive:)``.
    public func open(
        _ text: String,
        receive: @escaping @Sendable (StreamQueryEvent) -> Void
    ) throws(QueryError) -> StreamQuery {
        let follower = Follower(receive)
        let query = try live.subscribe(try engine.prepare(text), follower)
        return StreamQuery(
            columns: query.columns.map { StreamQuery.Column(name: $0.name, type: $0.type.name) },
            keyColumns: query.isAppending ? [] : query.keyColumns,
            epoch: query.epoch
        ) { [live] in live.unsubscribe(query, follower) }
    }
}

/// Hands on what a live plan tells.
private final class Follower: LiveQuerySubscriber {
    private let put: @Sendable (StreamQueryEvent) -> Void

    init(_ put: @escaping @Sendable (StreamQueryEvent) -> Void) { self.put = put }

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
