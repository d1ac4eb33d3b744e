import Synchronization

/// What is traded, and where: `BTC-USDT.BINANCE`.
public struct Instrument: Sendable, Hashable {
    /// The symbol without the venue, `BTC-USDT`.
    public let symbol: String
    /// The venue, upper case, `BINANCE`; empty for an equity without one.
    public let venue: String
    /// Decimals of a price mantissa.
    public let priceScale: Int
    /// Decimals of a size mantissa.
    public let sizeScale: Int

    /// Creates an instrument.
    public init(symbol: String, venue: String, priceScale: Int, sizeScale: Int) {
        self.symbol = symbol
        self.venue = venue
        self.priceScale = priceScale
        self.sizeScale = sizeScale
    }

    /// `SYMBOL.VENUE`, or the symbol alone without a venue.
    public var name: String { venue.isEmpty ? symbol : "\(symbol).\(venue)" }
}

/// A small number for an instrument, given by an ``InstrumentRegistry``; valid in one process only.
public struct InstrumentID: RawRepresentable, Sendable, Hashable {
    /// The number: 0 for the first instrument, and so on.
    public let rawValue: UInt32
    /// Creates an id from its number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// All instruments that this process has met, numbered in the order of their first appearance.
///
/// Look-ups take a lock: intern once at the edge and pass ids on.
public final class InstrumentRegistry: Sendable {
    private struct State {
        var instruments: [Instrument] = []
        var ids: [String: InstrumentID] = [:]
    }

    private let state = Mutex(State())

    /// Creates an empty registry.
    public init() {}

    /// The id of an instrument, new if its name was never seen. The first registration decides the scales.
    public func register(_ instrument: Instrument) -> InstrumentID {
        state.withLock { state in
            if let known = state.ids[instrument.name] { return known }
            let id = InstrumentID(rawValue: UInt32(state.instruments.count))
            state.instruments.append(instrument)
            state.ids[instrument.name] = id
            return id
        }
    }

    /// The id of `SYMBOL.VENUE`, or nil if it was never registered.
    public func id(named name: String) -> InstrumentID? { state.withLock { $0.ids[name] } }

    /// The instrument of an id that this registry gave.
    public func instrument(_ id: InstrumentID) -> Instrument { state.withLock { $0.instruments[Int(id.rawValue)] } }

    /// All instruments; the index of one is its id's number.
    public var all: [Instrument] { state.withLock { $0.instruments } }
}
