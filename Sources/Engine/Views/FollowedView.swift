import Columnar
import QueryLang

/// One view over one instrument as events come: its plan, its chain of updates, and what of it is to be stored.
final class FollowedView {
    let pipeline: FeaturePipeline
    private let symbol: String
    private let generation: UInt64
    /// The first event whose row is told of; those before it only warmed up.
    private let firstSeq: Int64
    private var epoch = ""
    private var epochNumber = -1
    private var lastSeq: Int64 = 0
    private var published: [ViewUpdate.Value] = []
    private var storage: FeatureStorage
    private var buffer: FeatureRowBuffer
    /// Rows up to this event are stored already.
    private var storedSeq: Int64
    /// The position of the last checkpoint that was asked for.
    private var checkpointed: InputPosition?
    /// The last row that was told of: what a check of parity compares.
    private(set) var latest: (time: Int64, seq: Int64, values: [Double?])?

    init(
        _ pipeline: FeaturePipeline,
        symbol: String,
        generation: UInt64,
        firstSeq: Int64,
        storedSeq: Int64,
        last: FeatureCheckpoint.StoredRow? = nil
    ) {
        self.pipeline = pipeline
        self.symbol = symbol
        self.generation = generation
        self.firstSeq = firstSeq
        self.storedSeq = storedSeq
        storage = FeatureStorage(pipeline.plan.view.definition.storage, last: last, pipeline.plan.view)
        buffer = FeatureRowBuffer(pipeline.plan.view)
    }

    /// Computes what the rows so far give, and appends the updates.
    func advance(_ view: Int, _ breaks: EpochBreaks, _ now: Int64, into updates: inout [ViewUpdate]) throws(QueryError)
    {
        while try advanceOnce(view, breaks, now, into: &updates) {}
    }

    /// Computes what the next batch of rows gives; false if there are none for now.
    func advanceOnce(
        _ view: Int,
        _ breaks: EpochBreaks,
        _ now: Int64,
        into updates: inout [ViewUpdate]
    ) throws(QueryError) -> Bool {
        guard let rows = try pipeline.next() else { return false }
        for row in 0..<rows.count {
            pipeline.count()
            let seq = rows.seqs[row]
            if let chosen = storage.take(rows, row, isOffered: true), chosen.rows.seqs[chosen.row] > storedSeq {
                storedSeq = chosen.rows.seqs[chosen.row]
                buffer.append(chosen.rows, chosen.row)
            }
            guard seq >= firstSeq else { continue }
            if let update = update(rows, row, view, breaks, now) { updates.append(update) }
        }
        return true
    }

    /// Whether the last checkpoint is not that of the stored rows any more.
    var isRevised: Bool { checkpointed != nil && pipeline.position == nil }

    /// Whether rows came since the last checkpoint.
    var hasNews: Bool { pipeline.position != checkpointed }

    /// The state after all rows so far; see ``FeaturePipeline/checkpoint(lsn:generation:_:)``.
    func checkpoint(lsn: LSN, _ snapshot: any TableSnapshot) throws(QueryError) -> FeatureCheckpoint? {
        checkpointed = pipeline.position
        guard var checkpoint = try pipeline.checkpoint(lsn: lsn, generation: generation, snapshot) else { return nil }
        checkpoint.last = storage.lastRow
        return checkpoint
    }

    /// Begins a new chain with the next row: the receiver knows nothing any more.
    func restartChain() { published = [] }

    /// Moves rows that are to be stored into a batch.
    func takeStored(into batch: inout AppendBatch) {
        guard buffer.count > 0 else { return }
        batch.groups.append(buffer.take(table: pipeline.plan.view.definition.storedTable, series: symbol))
    }

    private func update(
        _ rows: FeatureRows,
        _ row: Int,
        _ view: Int,
        _ breaks: EpochBreaks,
        _ now: Int64
    ) -> ViewUpdate? {
        let (seq, time) = (rows.seqs[row], rows.times[row])
        let values = values(rows, row)
        latest = (time, seq, rows.values(row))
        let number = pipeline.plan.view.isOfEvents ? breaks.count(through: seq) : 0
        let isStart = published.isEmpty || number != epochNumber
        if isStart {
            epochNumber = number
            epoch = number == 0 ? "k\(generation)" : "k\(generation)-\(number)"
            lastSeq = 0
        }
        let changed = isStart ? values : values.filter { !$0.isSame(as: published[$0.field]) }
        guard !changed.isEmpty else { return nil }
        published = values
        defer { lastSeq = seq }
        return ViewUpdate(
            view: view,
            instrument: symbol,
            epoch: epoch,
            isEpochStart: isStart,
            prev: lastSeq,
            seq: seq,
            exchangeTime: time,
            receiveTime: rows.receiveTimes[row],
            computeTime: now,
            values: changed
        )
    }

    private func values(_ rows: FeatureRows, _ row: Int) -> [ViewUpdate.Value] {
        let state = rows.state(row).map { CodedWords.states[Int($0)] }
        return rows.values(row).enumerated().map { field, value in
            let status: ValueStatus =
                if state == "syncing" {
                    .resync
                } else if !pipeline.isFilled(field, at: rows.times[row]) {
                    .warming
                } else if value == nil {
                    .null
                } else {
                    state == "stale" ? .stale : .present
                }
            let isShown = status == .present || status == .stale
            return ViewUpdate.Value(field: field, value: isShown ? value : nil, status: status)
        }
    }
}

extension ViewUpdate.Value {
    fileprivate func isSame(as other: ViewUpdate.Value) -> Bool {
        status == other.status && value?.bitPattern == other.value?.bitPattern
    }
}

extension BoundFeatureView {
    /// Whether its rows are of events, and not of bars.
    var isOfEvents: Bool { if case .event = inputs[0].kind { true } else { false } }
}
