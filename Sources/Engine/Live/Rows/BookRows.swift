import Columnar
import Market

/// Rows of the `book` table: changes and keyframe levels, and among them the rare states and clock events.
///
/// The rows of one event share its `seq`. `change` rows are the levels that it changed, each at its new size. `keyframe`
/// rows are the whole book after the event: they replace what a reader has. An event that changed no level, an empty
/// snapshot, a state and a clock event are one row without side, price and size. `state` is the book's state after the
/// event, in every row; in a `state` row it is what the feed told, with its `reason`.
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
    private var kind = Lane<UInt32>(0)
    private var side = Lane<UInt32>(0)
    private var price = Lane<Int64>(0)
    private var size = Lane<Int64>(0)
    private var updateID = Lane<Int64>(0)
    private var state = Lane<UInt32>(0)
    private var levelless: [Int] = []
    private var reasoned: [(row: Int, reason: StateReason)] = []

    /// How many rows an event of so many levels takes.
    static func rowCount(levels: Int) -> Int { max(1, levels) }

    mutating func begin(rows: Int) {
        head.begin(rows: rows)
        kind.begin(rows: rows)
        side.begin(rows: rows)
        price.beginPlain(rows: rows)
        size.beginPlain(rows: rows)
        updateID.begin(rows: rows)
        state.begin(rows: rows)
    }

    /// Appends an event's levels.
    mutating func append(
        _ event: MarketEvent,
        _ levels: UnsafeBufferPointer<LevelChange>,
        kind: Kind,
        state: BookState
    ) {
        if levels.isEmpty {
            appendLevelless(event, kind: kind, state: state)
            return
        }
        appendHead(event, kind: kind, state: state, count: levels.count)
        price.append(count: levels.count) { target in
            for index in levels.indices { (target + index).initialize(to: levels[index].price) }
        }
        size.append(count: levels.count) { target in
            for index in levels.indices { (target + index).initialize(to: levels[index].size) }
        }
        var start = 0
        while start < levels.count {
            var end = start &+ 1
            while end < levels.count, levels[end].side == levels[start].side { end &+= 1 }
            side.append(UInt32(levels[start].side.rawValue), count: end &- start)
            start = end
        }
    }

    /// Appends a change of state as the feed told it.
    mutating func appendState(_ event: MarketEvent) {
        reasoned.append((head.count, event.reason))
        appendLevelless(event, kind: .state, state: event.state)
    }

    /// Appends an event without levels.
    mutating func appendLevelless(_ event: MarketEvent, kind: Kind, state: BookState) {
        levelless.append(head.count)
        appendHead(event, kind: kind, state: state, count: 1)
        side.append(0)
        price.append(0)
        size.append(0)
    }

    @inline(__always)
    private mutating func appendHead(_ event: MarketEvent, kind: Kind, state: BookState, count: Int) {
        head.append(event, count: count)
        self.kind.append(kind.rawValue, count: count)
        updateID.append(event.id, count: count)
        self.state.append(UInt32(state.rawValue), count: count)
    }

    mutating func take(series: Series, into batch: inout AppendBatch) {
        let rows = head.count
        guard rows > 0 else { return }
        let hasLevel = levelValidity(rows: rows)
        var columns = head.take(more: 7)
        columns.append(kind.takeSymbols(Self.kinds))
        columns.append(side.takeSymbols(Self.sides, validity: hasLevel))
        columns.append(price.takeDecimals(scale: series.priceScale, validity: hasLevel))
        columns.append(size.takeDecimals(scale: series.sizeScale, validity: hasLevel))
        columns.append(updateID.takeIntegers())
        columns.append(state.takeSymbols(Self.states))
        columns.append(takeReasons(rows: rows))
        batch.groups.append(
            AppendGroup(table: MarketTables.book, series: series.name, columns: columns, rowCount: rows)
        )
        levelless.removeAll(keepingCapacity: true)
    }

    private func levelValidity(rows: Int) -> Validity? {
        guard !levelless.isEmpty else { return nil }
        var bits = [Bool](repeating: true, count: rows)
        for row in levelless { bits[row] = false }
        return Validity(bits)
    }

    private mutating func takeReasons(rows: Int) -> Vector? {
        guard !reasoned.isEmpty else { return nil }
        var bits = [Bool](repeating: false, count: rows)
        var codes = [UInt32](repeating: 0, count: rows)
        for (row, reason) in reasoned {
            bits[row] = true
            codes[row] = UInt32(reason.rawValue)
        }
        reasoned.removeAll(keepingCapacity: true)
        return Vector(type: .symbol, form: .dictionary(Buffer(codes), Self.reasons), validity: Validity(bits))
    }
}
