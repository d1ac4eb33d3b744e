import Columnar
import Market

/// Rows of the `book` table: changes and keyframe levels, and among them the rare states and clock events.
struct BookRows: ~Copyable {
    /// What a row is.
    enum Kind: UInt32 {
        case change = 0
        case keyframe = 1
        case state = 2
        case clock = 3
    }

    private static let kinds = StringDictionary(["change", "keyframe", "state", "clock"])
    private static let sides = StringDictionary(["bid", "ask"])
    private static let states = StringDictionary(BookState.allCases.map(\.name))
    private static let reasons = StringDictionary(StateReason.allCases.map(\.name))

    private var head = EventColumns()
    private var kind = BufferBuilder<UInt32>()
    private var side = BufferBuilder<UInt32>()
    private var price = BufferBuilder<Int64>()
    private var size = BufferBuilder<Int64>()
    private var updateID = BufferBuilder<Int64>()
    /// Rows without a level, and the state of each that has one.
    private var levelless: [(row: Int, state: BookState?, reason: StateReason)] = []

    @inline(__always)
    mutating func append(_ event: MarketEvent, _ change: LevelChange, kind: Kind) {
        head.append(event)
        self.kind.append(kind.rawValue)
        side.append(UInt32(change.side.rawValue))
        price.append(change.price)
        size.append(change.size)
        updateID.append(event.id)
    }

    mutating func appendState(_ event: MarketEvent) {
        levelless.append((head.count, event.state, event.reason))
        append(event, LevelChange(side: .bid, price: 0, size: 0), kind: .state)
    }

    mutating func appendClock(_ event: MarketEvent) {
        levelless.append((head.count, nil, event.reason))
        append(event, LevelChange(side: .bid, price: 0, size: 0), kind: .clock)
    }

    mutating func take(series: String, priceScale: Int, sizeScale: Int, into batch: inout AppendBatch) {
        let rows = head.count
        guard rows > 0 else { return }
        let hasLevel = levelValidity(rows: rows)
        let (state, reason) = stateColumns(rows: rows)
        let columns =
            head.take() + [
                Vector(type: .symbol, form: .dictionary(kind.take(), Self.kinds)),
                Vector(type: .symbol, form: .dictionary(side.take(), Self.sides), validity: hasLevel),
                decimals(price.take(), priceScale, validity: hasLevel),
                decimals(size.take(), sizeScale, validity: hasLevel),
                integers(updateID.take()), state, reason,
            ]
        batch.groups.append(AppendGroup(table: MarketTables.book, series: series, columns: columns, rowCount: rows))
        levelless.removeAll(keepingCapacity: true)
    }

    private func levelValidity(rows: Int) -> Validity? {
        guard !levelless.isEmpty else { return nil }
        var bits = [Bool](repeating: true, count: rows)
        for entry in levelless { bits[entry.row] = false }
        return Validity(bits)
    }

    private func stateColumns(rows: Int) -> (Vector?, Vector?) {
        guard levelless.contains(where: { $0.state != nil }) else { return (nil, nil) }
        var bits = [Bool](repeating: false, count: rows)
        var states = [UInt32](repeating: 0, count: rows)
        var reasons = states
        for entry in levelless {
            guard let state = entry.state else { continue }
            bits[entry.row] = true
            states[entry.row] = UInt32(state.rawValue)
            reasons[entry.row] = UInt32(entry.reason.rawValue)
        }
        let validity = Validity(bits)
        return (
            Vector(type: .symbol, form: .dictionary(Buffer(states), Self.states), validity: validity),
            Vector(type: .symbol, form: .dictionary(Buffer(reasons), Self.reasons), validity: validity)
        )
    }
}
