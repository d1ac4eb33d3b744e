import Columnar
import Market

@testable import Engine

let liveMinute = 60 * CivilTime.second

func bid(_ price: Int64, _ size: Int64) -> LevelChange { LevelChange(side: .bid, price: price, size: size) }
func ask(_ price: Int64, _ size: Int64) -> LevelChange { LevelChange(side: .ask, price: price, size: size) }

/// Writes events of one instrument by hand: prices and sizes have two decimals, each event is a batch.
struct LiveScript {
    let replay: LiveReplay
    let id: InstrumentID
    var seq: Int64 = 0
    /// A whole minute of 1970-01-01.
    var time: Int64 = 600 * liveMinute
    /// Called with each event after the shard took it.
    var observe: (MarketEvent, [LevelChange]) -> Void = { _, _ in }

    init(source: (any TableSource)? = nil, generation: UInt64 = 1) {
        replay = LiveReplay(source: source, generation: generation)
        id = replay.registry.register(Instrument(symbol: "X-Y", venue: "T", priceScale: 2, sizeScale: 2))
    }

    mutating func event(_ kind: MarketEvent.Kind) -> MarketEvent {
        seq += 1
        var event = MarketEvent(kind: kind, instrument: id, time: time, receiveTime: time &+ 5)
        event.seq = seq
        return event
    }

    func send(_ event: MarketEvent, _ changes: [LevelChange] = []) {
        var batch = EventBatch()
        batch.append(event, changes: changes)
        replay.send(batch)
        observe(event, changes)
    }

    mutating func state(_ state: BookState, _ reason: StateReason) {
        var event = event(.state)
        event.state = state
        event.reason = reason
        send(event)
    }

    mutating func depth(_ id: Int64, _ changes: [LevelChange]) {
        var event = event(.depth)
        event.id = id
        send(event, changes)
    }

    mutating func snapshot(_ id: Int64, _ levels: [LevelChange]) {
        var event = event(.snapshot)
        event.id = id
        send(event, levels)
    }

    mutating func trade(_ price: Int64, _ size: Int64, _ side: Side = .bid) {
        var event = event(.trade)
        event.price = price
        event.size = size
        event.side = side
        send(event)
    }

    mutating func quote(_ id: Int64, bid: (Int64, Int64), ask: (Int64, Int64)) {
        var event = event(.quote)
        event.id = id
        (event.price, event.size) = bid
        (event.price2, event.size2) = ask
        send(event)
    }

    mutating func clock() { send(event(.clock)) }

    /// A feed whose book is live.
    mutating func goLive(_ levels: [LevelChange] = [bid(100, 5), ask(102, 5)]) {
        state(.syncing, .start)
        snapshot(1, levels)
        state(.live, .synced)
    }

    /// What a subscriber has who applied every update.
    var row: [String: FeatureValue] {
        var row: [String: FeatureValue] = [:]
        for value in replay.recorder.values.joined() { row[FeatureCatalog.features[value.feature].name] = value }
        return row
    }

    var updates: [FeatureUpdate] { replay.recorder.updates }
    var counts: ShardStatistics.Counts { replay.runtime.statistics[0].counts }
    func rows(of table: String) -> [[Scalar]] { replay.recorder.rows(of: table) }
}

/// Column of a table by name.
func column(_ name: String, of table: String) -> Int {
    MarketTables.schemas.first { $0.name == table }!.index(of: name)!
}
