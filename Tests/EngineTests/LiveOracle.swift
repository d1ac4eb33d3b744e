import Market

@testable import Engine

/// What every feature of a ``LiveScript`` instrument should be, computed anew from dictionaries and lists after each event.
struct LiveOracle {
    private(set) var book: [Side: [Int64: Int64]] = [.bid: [:], .ask: [:]]
    private(set) var feed = BookState.syncing
    private var isRebuilding = false
    /// The best five levels after each depth event of the epoch.
    private var states: [(bids: [LevelChange], asks: [LevelChange])] = []
    private var epochTrades: [MarketEvent] = []
    private var allTrades: [MarketEvent] = []
    /// Book features as they were when the book turned stale.
    private var staleBook: [Double?]?
    private(set) var epochs = 0
    private var hasUpdate = false

    mutating func take(_ event: MarketEvent, _ changes: [LevelChange]) {
        switch event.kind {
        case .trade:
            epochTrades.append(event)
            allTrades.append(event)
            hasUpdate = true
        case .depth where feed == .live || isRebuilding:
            apply(changes)
            if feed == .live { states.append((top(.bid), top(.ask))) }
        case .snapshot:
            book = [.bid: [:], .ask: [:]]
            apply(changes)
            if feed == .live { beginEpoch() } else { isRebuilding = true }
        case .state:
            takeState(event.state)
            hasUpdate = true
        case .depth, .quote, .clock: break
        }
    }

    private mutating func takeState(_ state: BookState) {
        switch state {
        case .syncing:
            if hasUpdate { beginEpoch() }
            feed = .syncing
            staleBook = nil
            isRebuilding = false
        case .live where feed != .live:
            if feed == .stale { beginEpoch() }
            feed = .live
            staleBook = nil
            states = []
            isRebuilding = false
        case .stale:
            if feed == .live {
                staleBook = bookValues()
                feed = .stale
            }
            isRebuilding = false
        case .live, .crossed: break
        }
    }

    private mutating func beginEpoch() {
        epochs += 1
        epochTrades = []
        states = []
    }

    private mutating func apply(_ changes: [LevelChange]) {
        for change in changes { book[change.side]![change.price] = change.size == 0 ? nil : change.size }
    }

    private func sorted(_ side: Side) -> [LevelChange] {
        let levels = book[side]!.map { LevelChange(side: side, price: $0.key, size: $0.value) }
        return levels.sorted { side == .bid ? $0.price > $1.price : $0.price < $1.price }
    }

    private func top(_ side: Side) -> [LevelChange] { Array(sorted(side).prefix(5)) }

    var state: BookState {
        guard feed == .live, let bid = sorted(.bid).first, let ask = sorted(.ask).first else { return feed }
        return bid.price >= ask.price ? .crossed : .live
    }
}

/// Features.
extension LiveOracle {
    /// By name: value and status.
    var features: [String: FeatureValue] {
        var result: [String: FeatureValue] = [:]
        for (index, value) in (bookRow() + tradeRow()).enumerated() {
            result[FeatureCatalog.features[index].name] =
                FeatureValue(feature: index, value: value.0 ?? 0, status: value.1)
        }
        return result
    }

    private func bookRow() -> [(Double?, ValueStatus)] {
        switch feed {
        case .syncing: return (0..<19).map { _ in (nil, .resync) }
        case .stale: return flag(staleBook ?? [], hasFlow: !states.isEmpty, .stale)
        case .live, .crossed: return flag(bookValues(), hasFlow: !states.isEmpty, .present)
        }
    }

    private func flag(_ values: [Double?], hasFlow: Bool, _ status: ValueStatus) -> [(Double?, ValueStatus)] {
        values.enumerated().map { index, value in
            if index >= 13, !hasFlow { return (nil, .warming) }
            return value.map { ($0, status) } ?? (nil, .null)
        }
    }

    private func bookValues() -> [Double?] {
        let (bids, asks) = (sorted(.bid), sorted(.ask))
        let (bid, ask) = (bids.first, asks.first)
        var values: [Double?] = [
            bid.map { decimal($0.price) }, bid.map { decimal($0.size) }, ask.map { decimal($0.price) },
            ask.map { decimal($0.size) },
        ]
        if let bid, let ask {
            let sum = Double(bid.price + ask.price)
            let sizes = Double(bid.size + ask.size)
            values += [decimal(ask.price - bid.price), sum * 5 / 1_000, Double(ask.price - bid.price) / sum * 20_000]
            values.append((Double(bid.price * ask.size) + Double(ask.price * bid.size)) / sizes / 100)
            for depth in [1, 5, 10] {
                let (bought, offered) = (total(bids.prefix(depth)), total(asks.prefix(depth)))
                values.append(Double(bought - offered) / Double(bought + offered))
            }
            let twiceMid = bid.price + ask.price
            values.append(decimal(total(bids.filter { 2_000 * $0.price >= 999 * twiceMid })))
            values.append(decimal(total(asks.filter { 2_000 * $0.price <= 1_001 * twiceMid })))
        } else {
            values += [Double?](repeating: nil, count: 9)
        }
        let flows = (0..<5).map { decimal(flow(level: $0)) }
        return values + [flows[0]] + flows
    }

    private func flow(level: Int) -> Int64 {
        zip(states, states.dropFirst()).reduce(0) { sum, step in
            sum + pressure(level, step.0.bids, step.1.bids) { $0 > $1 }
                - pressure(level, step.0.asks, step.1.asks) { $0 < $1 }
        }
    }

    /// What a side gained between two states: a better price brings all of its size, a worse one takes all of the old.
    private func pressure(
        _ level: Int,
        _ old: [LevelChange],
        _ new: [LevelChange],
        isBetter: (Int64, Int64) -> Bool
    ) -> Int64 {
        guard level < old.count else { return level < new.count ? new[level].size : 0 }
        guard level < new.count else { return -old[level].size }
        if isBetter(new[level].price, old[level].price) { return new[level].size }
        if isBetter(old[level].price, new[level].price) { return -old[level].size }
        return new[level].size - old[level].size
    }

    private func tradeRow() -> [(Double?, ValueStatus)] {
        guard let last = allTrades.last else { return (0..<10).map { _ in (nil, .warming) } }
        let sums = epochTrades.isEmpty ? (0..<4).map { _ in (nil, .warming) } : epochSums()
        let minute = allTrades.map { $0.time / liveMinute }.max()
        let bar = allTrades.filter { $0.time / liveMinute == minute }.sorted { ($0.time, $0.seq) < ($1.time, $1.seq) }
        let prices = bar.map(\.price)
        let values = [
            decimal(bar[0].price), decimal(prices.max()!), decimal(prices.min()!), decimal(bar.last!.price),
            decimal(bar.reduce(0) { $0 + $1.size }),
        ]
        return [(decimal(last.price), .present)] + sums + values.map { ($0, .present) }
    }

    private func epochSums() -> [(Double?, ValueStatus)] {
        let notional = epochTrades.reduce(0) { $0 + $1.price * $1.size }
        let buys = epochTrades.filter { $0.side == .bid }.reduce(0) { $0 + $1.size }
        let sells = epochTrades.filter { $0.side == .ask }.reduce(0) { $0 + $1.size }
        let values = [
            Double(notional) / Double(buys + sells) / 100, decimal(buys), decimal(sells), decimal(buys - sells),
        ]
        return values.map { ($0, .present) }
    }

    private func total(_ levels: some Sequence<LevelChange>) -> Int64 { levels.reduce(0) { $0 + $1.size } }

    private func decimal(_ mantissa: Int64) -> Double { Double(mantissa) / 100 }
}
