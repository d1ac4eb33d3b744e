import Market
import QueryLang

/// The value of a function of the book after an event.
enum BookValue: Equatable {
    case null
    case double(Double)
    /// A mantissa at the scale of sizes.
    case size(Int64)
    case integer(Int64)
    case boolean(Bool)

    init(_ double: Double?) {
        // As for live features, what is no finite number is no value.
        self = if let double, double.isFinite { .double(double) } else { .null }
    }
}

/// Functions of the order book over its states: the folds of the live features, and what live features do not have.
struct BookMeasures: ~Copyable {
    private let calls: [BookCall]
    private var units: BookUnits
    private let sizeScale: Int
    private let followsFlow: Bool
    private let followsSizes: Bool

    private var flow = OrderFlowFold()
    /// Whether order flow has begun: with the first change after the book was replaced.
    private var hasFlow = false
    private var step = BookStep()
    /// The values when the book became stale, which stand until it is live again.
    private var kept: [BookValue] = []

    /// What an event did, beside leaving a book behind.
    private struct BookStep {
        /// Whether it changed the live book.
        var isChange = false
        var flowBefore = [Int128](repeating: 0, count: OrderFlowFold.levels)
        var added: (bid: Int128, ask: Int128) = (0, 0)
        var removed: (bid: Int128, ask: Int128) = (0, 0)
        var changes = 0
    }

    init(_ calls: [BookCall], priceScale: Int, sizeScale: Int) {
        self.calls = calls
        self.units = BookUnits(priceScale: priceScale, sizeScale: sizeScale)
        self.sizeScale = sizeScale
        followsFlow = calls.contains { $0.function == .flow || $0.function == .cumulativeFlow }
        followsSizes = calls.contains { $0.function == .added || $0.function == .removed }
    }

    /// An event is about to come.
    mutating func begin() {
        step.isChange = false
    }

    /// Changed levels are about to be applied to a live book.
    mutating func willChange(_ book: borrowing OrderBook, _ levels: [LevelChange]) {
        step.changes = levels.count
        guard followsSizes else { return }
        step.added = (0, 0)
        step.removed = (0, 0)
        for level in levels {
            let before = level.side == .bid ? book.bids.size(at: level.price) : book.asks.size(at: level.price)
            let difference = Int128(level.size) &- Int128(before)
            switch (level.side, difference > 0) {
            case (.bid, true): step.added.bid &+= difference
            case (.bid, false): step.removed.bid &-= difference
            case (.ask, true): step.added.ask &+= difference
            case (.ask, false): step.removed.ask &-= difference
            }
        }
    }

    /// The live book changed.
    mutating func didChange(_ book: borrowing OrderBook) {
        step.isChange = true
        guard followsFlow else { return }
        for level in 0..<OrderFlowFold.levels { step.flowBefore[level] = flow.sum(level: level) }
        flow.update(book)
        hasFlow = true
    }

    /// The book was replaced, or is live from now on: order flow begins again with the next change.
    mutating func restart() {
        flow = OrderFlowFold()
        hasFlow = false
    }

    /// The live book is not to be believed from now on.
    mutating func keep(_ book: borrowing OrderBook) {
        step.isChange = false
        var values: [BookValue] = []
        evaluate(book, into: &values)
        kept = values
    }

    /// The values after the event.
    mutating func values(_ book: borrowing OrderBook, state: BookState, into values: inout [BookValue]) {
        switch state {
        case .live, .crossed: evaluate(book, into: &values)
        case .stale where !kept.isEmpty: values = kept
        case .stale, .syncing:
            values.removeAll(keepingCapacity: true)
            values.append(contentsOf: repeatElement(.null, count: calls.count))
        }
    }

    private func evaluate(_ book: borrowing OrderBook, into values: inout [BookValue]) {
        values.removeAll(keepingCapacity: true)
        var top = TopOfBookFold()
        top.update(book)
        for call in calls { values.append(value(of: call, book, top)) }
    }

    private func value(of call: BookCall, _ book: borrowing OrderBook, _ top: TopOfBookFold) -> BookValue {
        switch call.function {
        case .bid: BookValue(book.bids.level(call.count - 1).map { units.price.double($0.price) })
        case .bidSize: BookValue(book.bids.level(call.count - 1).map { units.size.double($0.size) })
        case .ask: BookValue(book.asks.level(call.count - 1).map { units.price.double($0.price) })
        case .askSize: BookValue(book.asks.level(call.count - 1).map { units.size.double($0.size) })
        case .spread: BookValue(units.spread(top))
        case .mid: BookValue(units.mid(top))
        case .spreadBps: BookValue(top.spreadBps)
        case .microprice: BookValue(units.weightedMid(top))
        case .isCrossed: top.spread.map { .boolean($0 < 0) } ?? .null
        case .isLocked: top.spread.map { .boolean($0 == 0) } ?? .null
        case .imbalance: BookValue(imbalance(book, call.count))
        case .weightedImbalance: BookValue(BookShape.weightedImbalance(book, decay: call.number))
        case .depth: BookValue(units.size.double(BookShape.size(book, levels: call.count, call.marketSide)))
        case .liquidity: BookValue(liquidity(book, call))
        case .liquidityNotional: BookValue(notional(book, call))
        case .fillPrice, .slippage, .notionalSlippage: BookValue(order(book, call))
        case .slope:
            BookValue(BookShape.slope(book, levels: call.count, sizeUnit: units.size.unit))
        case .concentration: BookValue(BookShape.concentration(book, levels: call.count, call.marketSide))
        case .entropy: BookValue(BookShape.entropy(book, levels: call.count, call.marketSide))
        case .levelCount: .integer(Int64(levelCount(book, call.marketSide)))
        case .flow, .cumulativeFlow, .added, .removed, .changes: followed(call)
        }
    }

    /// Functions of more than the state of the book.
    private func followed(_ call: BookCall) -> BookValue {
        let level = min(max(call.count - 1, 0), OrderFlowFold.levels - 1)
        if call.function == .cumulativeFlow {
            return hasFlow ? BookValue(units.size.double(flow.sum(level: level))) : .null
        }
        guard step.isChange else { return .null }
        switch call.function {
        case .flow: return size(flow.sum(level: level) &- step.flowBefore[level])
        case .added: return size(of: step.added, call.marketSide)
        case .removed: return size(of: step.removed, call.marketSide)
        default: return .integer(Int64(step.changes))
        }
    }

    private func size(of sums: (bid: Int128, ask: Int128), _ side: Side?) -> BookValue {
        size((side == .ask ? 0 : sums.bid) &+ (side == .bid ? 0 : sums.ask))
    }

    private func size(_ mantissa: Int128) -> BookValue {
        Int64(exactly: mantissa).map { .size($0) } ?? BookValue(units.size.double(mantissa))
    }

    private func imbalance(_ book: borrowing OrderBook, _ depth: Int) -> Double? {
        var fold = ImbalanceFold(depth: depth)
        fold.update(book)
        return fold.value
    }

    private func liquidity(_ book: borrowing OrderBook, _ call: BookCall) -> Double? {
        var fold = LiquidityFold(basisPoints: call.count)
        fold.update(book)
        guard let bids = fold.bids, let asks = fold.asks else { return nil }
        switch call.side {
        case .bid: return units.size.double(bids)
        case .ask: return units.size.double(asks)
        case nil: return units.size.double(bids &+ asks)
        }
    }

    private func notional(_ book: borrowing OrderBook, _ call: BookCall) -> Double? {
        guard let limits = LiquidityFold(basisPoints: call.count).limits(book) else { return nil }
        var sum = 0.0
        if call.side != .ask { sum += BookShape.notional(book.bids, isBid: true, limit: limits.lowest) }
        if call.side != .bid { sum += BookShape.notional(book.asks, isBid: false, limit: limits.highest) }
        return sum / units.price.unit / units.size.unit
    }

    private func order(_ book: borrowing OrderBook, _ call: BookCall) -> Double? {
        let isAsk = call.side == .ask
        let price: Double?
        if call.function == .notionalSlippage {
            let notional = call.number * units.price.unit * units.size.unit
            price =
                isAsk
                ? BookShape.fillPrice(book.asks, notional: notional)
                : BookShape.fillPrice(book.bids, notional: notional)
        } else {
            let size = call.number * units.size.unit
            price = isAsk ? BookShape.fillPrice(book.asks, size: size) : BookShape.fillPrice(book.bids, size: size)
        }
        if call.function == .fillPrice { return price.map { units.price.double(rounded: $0) } }
        return BookShape.slippage(price, book, isAsk: isAsk)
    }

    private func levelCount(_ book: borrowing OrderBook, _ side: Side?) -> Int {
        (side == .ask ? 0 : book.bids.count) + (side == .bid ? 0 : book.asks.count)
    }

    /// Digits were added to prices and sizes: mantissas grow by these factors; nil if one does not fit any more.
    func raised(price: Int64, size: Int64, priceScale: Int, sizeScale: Int) -> BookMeasures? {
        guard let raised = flow.raised(price: price, size: size) else { return nil }
        var other = BookMeasures(calls, priceScale: priceScale, sizeScale: sizeScale)
        other.flow = raised
        other.hasFlow = hasFlow
        other.kept = kept.map { value in
            if case .size(let mantissa) = value { BookValue(units.size.double(mantissa)) } else { value }
        }
        return other
    }
}

extension BookCall {
    /// The side, as the book has it.
    var marketSide: Market.Side? {
        switch side {
        case .bid: .bid
        case .ask: .ask
        case nil: nil
        }
    }
}
