import Market

@testable import Ingest

/// An adapter with its batch, fed with text.
struct AdapterHarness: ~Copyable {
    var adapter: BinanceSpotAdapter
    var batch = EventBatch()
    let registry = InstrumentRegistry()

    init(_ configuration: BinanceSpotAdapter.Configuration = .init(), first: Int64 = 1) {
        adapter = BinanceSpotAdapter(
            configuration: configuration,
            registry: registry,
            sequence: SequenceSource { _ in first }
        )
    }

    /// With BTCUSDT and ETHUSDT, connected at time 1,000.
    static func connected() throws -> AdapterHarness {
        var harness = AdapterHarness()
        for (base, quote) in [("BTC", "USDT"), ("ETH", "USDT")] {
            let symbol = BinanceSymbol(name: base + quote, base: base, quote: quote)
            try harness.adapter.add(symbol, now: 1_000, into: &harness.batch)
        }
        harness.adapter.connected(now: 1_000)
        return harness
    }

    mutating func feed(_ text: String, at time: Int64 = 2_000) throws(IngestError) {
        var text = text
        let result = text.withUTF8 { bytes in
            Result { () throws(IngestError) in try adapter.decode(bytes, receiveTime: time, into: &batch) }
        }
        try result.get()
    }

    mutating func snapshot(_ symbol: String, id: Int64, at time: Int64 = 3_000) throws(IngestError) {
        var text = #"{"lastUpdateId":\#(id),"bids":[["1.5","2"]],"asks":[["1.6","3"]]}"#
        let result = text.withUTF8 { bytes in
            Result { () throws(IngestError) in
                try adapter.snapshot(symbol: symbol, body: bytes, receiveTime: time, into: &batch)
            }
        }
        try result.get()
    }

    mutating func depth(_ symbol: String, _ first: Int64, _ last: Int64, at time: Int64 = 2_000) throws(IngestError) {
        try feed(Self.depth(symbol, first, last), at: time)
    }

    static func depth(_ symbol: String, _ first: Int64, _ last: Int64, time: Int64 = 1_700_000_000_000) -> String {
        #"{"e":"depthUpdate","E":\#(time),"s":"\#(symbol)","U":\#(first),"u":\#(last),"b":[["1.4","\#(last)"]],"a":[]}"#
    }

    static func trade(_ symbol: String, id: Int64 = 1, time: Int64 = 1_700_000_000_000) -> String {
        #"{"e":"trade","E":\#(time),"s":"\#(symbol)","t":\#(id),"p":"1.5","q":"0.25","T":\#(time),"m":true,"M":true}"#
    }

    /// Takes the events out, in words: `BTC-USDT state syncing start`, `BTC-USDT depth 5`, ...
    mutating func takeWords() -> [String] {
        defer { batch.removeAll() }
        return batch.events.map { event in
            let symbol = registry.instrument(event.instrument).symbol
            return switch event.kind {
            case .state: "\(symbol) state \(event.state.name) \(event.reason.name)"
            case .clock: "\(symbol) clock"
            default: "\(symbol) \(event.kind) \(event.id)"
            }
        }
    }

    mutating func takeEvents() -> [MarketEvent] {
        defer { batch.removeAll() }
        return batch.events
    }
}

/// SplitMix64, so that a seed says which case failed.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
