import Columnar
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
    /// What calls were estimated to be, by call.
    private let fits: [BookFit]
    private let followsFlow: Bool
    private let followsSizes: Bool
    private let followsQuote: Bool

    private var flow = OrderFlowFold()
    /// Whether order flow has begun: with the first change after the book was replaced.
    private var hasFlow = false
    private var step = BookStep()
    /// The time of the event that is being taken.
    private var time: Int64 = 0
    /// When the best bid or ask changed; nil if that is not known.
    private var quoteTime: Int64?
    /// The values when the book became stale, which stand until it is live again.
    private var kept: [BookValue] = []

    init(_ calls: [BookCall], _ fits: [BookFit], priceScale: Int, sizeScale: Int) {
        self.calls = calls
        self.fits = calls.indices.map { $0 < fits.count ? fits[$0] : .none }
        self.units = BookUnits(priceScale: priceScale, sizeScale: sizeScale)
        followsFlow = calls.contains { [.flow, .cumulativeFlow, .integratedFlow].contains($0.function) }
        followsSizes = calls.contains { [.added, .removed, .additions, .removals].contains($0.function) }
        followsQuote = calls.contains { $0.function == .quoteChanges || $0.function == .quoteAge }
    }

    /// An event is about to come.
    mutating func begin(time: Int64) {
        step.isChange = false
        self.time = time
    }

    /// Changed levels are about to be applied to a live book.
    mutating func willChange(_ book: borrowing OrderBook, _ levels: [LevelChange]) {
        step.changes = levels.count
        if followsQuote { step.quoteBefore = BookQuote(book) }
        if followsSizes { step.takeSizes(book, levels) }
    }

    /// The live book changed.
    mutating func didChange(_ book: borrowing OrderBook) {
        step.isChange = true
        if followsQuote {
            step.isQuoteChange = step.quoteBefore != BookQuote(book)
            if step.isQuoteChange { quoteTime = time }
        }
        guard followsFlow else { return }
        for level in 0..<OrderFlowFold.levels { step.flowBefore[level] = flow.sum(level: level) }
        flow.update(book)
        hasFlow = true
    }

    /// The book was replaced, or is live from now on: order flow begins again with the next change.
    mutating func restart() {
        flow = OrderFlowFold()
        hasFlow = false
        quoteTime = time
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
        for index in calls.indices { values.append(value(of: calls[index], fits[index], book, top)) }
    }

    private func value(
        of call: BookCall,
        _ fit: BookFit,
        _ book: borrowing OrderBook,
        _ top: TopOfBookFold
    ) -> BookValue {
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
        case .stoikovMicroprice: BookValue(microprice(fit, top))
        case .integratedFlow: BookValue(integratedFlow(fit))
        case .quoteAge: BookValue(quoteTime.map { Double(time &- $0) / Double(CivilTime.second) })
        case .flow, .cumulativeFlow, .added, .removed, .changes, .additions, .removals, .quoteChanges: followed(call)
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
        case .additions: return .integer(Int64(step.additions.count(call.marketSide)))
        case .removals: return .integer(Int64(step.removals.count(call.marketSide)))
        case .quoteChanges: return .integer(step.isQuoteChange ? 1 : 0)
        default: return .integer(Int64(step.changes))
        }
    }

    private func size(of sums: (bid: Int128, ask: Int128), _ side: Side?) -> BookValue {
        size((side == .ask ? 0 : sums.bid) &+ (side == .bid ? 0 : sums.ask))
    }

    private func size(_ mantissa: Int128) -> BookValue {
        Int64(exactly: mantissa).map { .size($0) } ?? BookValue(units.size.double(mantissa))
    }

    /// What the event did at each level, in sizes.
    private var flows: [Double] {
        (0..<OrderFlowFold.levels).map { units.size.double(flow.sum(level: $0) &- step.flowBefore[$0]) }
    }

    private func integratedFlow(_ fit: BookFit) -> Double? {
        guard step.isChange, case .weights(let weights) = fit else { return nil }
        return zip(weights, flows).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// What tables of micro-prices tell apart; nil if a side is empty.
    private func state(_ top: TopOfBookFold) -> (imbalance: UInt8, spread: Double, mid: Double)? {
        guard let bid = top.bid, let ask = top.ask, let spread = units.spread(top), let mid = units.mid(top) else {
            return nil
        }
        return (MidTransitions.part(bidSize: bid.size, askSize: ask.size), spread, mid)
    }

    private func microprice(_ fit: BookFit, _ top: TopOfBookFold) -> Double? {
        guard case .microprice(let table) = fit, let state = state(top) else { return nil }
        return table.price(imbalance: state.imbalance, spread: state.spread, mid: state.mid)
    }

    /// Shows what the event left behind to an estimate.
    func observe(_ book: borrowing OrderBook, state bookState: BookState, into estimate: inout BookEstimate) {
        var top = TopOfBookFold()
        top.update(book)
        estimate.note(bookState == .live ? state(top) : nil, isChange: step.isChange)
        if followsFlow, step.isChange { estimate.note(flows: flows, time: time) }
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
        var other = BookMeasures(calls, fits, priceScale: priceScale, sizeScale: sizeScale)
        other.flow = raised
        other.hasFlow = hasFlow
        other.quoteTime = quoteTime
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
