/// The market of one simulated instrument: a book that is added to, cancelled from and traded against, around a price
/// that wanders and comes back. The same seed gives the same market.
///
/// Invariants: both sides hold at least `levelsMin` levels and the best bid is below the best ask; `updateID` grows by
/// one with each changed level; `touched` holds every price changed since the last depth message, once.
struct SimulatedMarket {
    /// What a message says.
    enum Message {
        /// Levels changed since the message before: `U` and `u`, and prices in ticks.
        case depth(first: Int64, last: Int64, bids: [Int64], asks: [Int64])
        /// A trade: the price in ticks, the size in lots.
        case trade(id: Int64, price: Int64, size: Int64, isBuyerMaker: Bool)
        /// The best levels, as of the last update.
        case quote
    }

    let symbol: SimulatedSymbol
    private(set) var bids = SimulatedSide(isBid: true)
    private(set) var asks = SimulatedSide(isBid: false)
    /// The last update id.
    private(set) var updateID: Int64
    private var lastDepthID: Int64
    private var tradeID: Int64
    private var random: SplitMix64
    private var reference: Double
    private var touchedBids: [Int64] = []
    private var touchedAsks: [Int64] = []
    private var isQuoteDue = false

    /// Levels a side that the book starts with and stays near: what the venue's snapshot of 1,000 shows.
    static let levels = 1_000
    private static let levelsMin = 500
    /// How strongly the price returns to where it started, a step.
    private static let reversion = 0.0002
    /// How far it wanders, ticks a step.
    private static let wander = 2.0
    /// The widest spread that is left alone, ticks.
    private static let spreadMax: Int64 = 8

    init(symbol: SimulatedSymbol, seed: UInt64) {
        self.symbol = symbol
        self.random = SplitMix64(seed: seed)
        self.reference = Double(symbol.priceTicks)
        self.updateID = 1_000_000 + Int64(random.below(1_000_000))
        self.tradeID = 1 + Int64(random.below(1_000_000))
        self.lastDepthID = updateID
        var bid = symbol.priceTicks
        var ask = symbol.priceTicks + 1
        for _ in 0..<Self.levels {
            bids.set(bid, size())
            asks.set(ask, size())
            bid = max(1, bid - 1 - Int64(random.below(2)))
            ask += 1 + Int64(random.below(2))
        }
    }

    /// The next message, after what causes it.
    mutating func next(mix: SimulatorOptions.Mix) -> Message {
        walk()
        if isQuoteDue {
            isQuoteDue = false
            return .quote
        }
        let draw = random.below(mix.depth + mix.trade + mix.quote)
        if draw < mix.depth {
            for _ in 0...random.below(6) { changeLevel() }
            return takeDepth()
        }
        if draw < mix.depth + mix.trade { return trade() }
        changeTop()
        isQuoteDue = false
        return .quote
    }

    private mutating func takeDepth() -> Message {
        let message = Message.depth(
            first: lastDepthID + 1,
            last: updateID,
            bids: touchedBids.sorted(by: >),
            asks: touchedAsks.sorted()
        )
        lastDepthID = updateID
        touchedBids.removeAll(keepingCapacity: true)
        touchedAsks.removeAll(keepingCapacity: true)
        return message
    }

    // MARK: Causes

    private mutating func walk() {
        let home = Double(symbol.priceTicks)
        reference += Self.reversion * (home - reference) + Self.wander * (random.unit() + random.unit() - 1)
    }

    /// How far the reference price is above the middle of the book, in -1...1.
    private var pull: Double {
        let middle = Double((bids.best ?? 0) + (asks.best ?? 0)) / 2
        return min(1, max(-1, (reference - middle) / 4))
    }

    private mutating func size() -> Int64 {
        let draw = random.unit()
        return 1 + Int64(draw * draw * draw * 50_000)  // many small, few large
    }

    private mutating func set(isBid: Bool, _ price: Int64, _ size: Int64) {
        let best = isBid ? bids.best : asks.best
        if isBid { bids.set(price, size) } else { asks.set(price, size) }
        updateID += 1
        if isBid {
            if !touchedBids.contains(price) { touchedBids.append(price) }
        } else {
            if !touchedAsks.contains(price) { touchedAsks.append(price) }
        }
        if price == best || best != (isBid ? bids.best : asks.best) { isQuoteDue = true }
    }

    /// Adds, changes or cancels a level, the nearer to the top the likelier; keeps the number of levels near its start.
    private mutating func changeLevel() {
        let isBid = random.below(2) == 0
        let count = isBid ? bids.count : asks.count
        let draw = random.unit()
        let depth = min(count - 1, Int(draw * draw * draw * draw * Double(Self.levels)))
        let price = isBid ? bids.price(at: depth) : asks.price(at: depth)
        let worst = isBid ? bids.price(at: count - 1) : asks.price(at: count - 1)
        let action = random.below(10)
        if count > Self.levels * 5 / 4 {
            set(isBid: isBid, worst, 0)
        } else if count < Self.levels, action < 4 {
            insert(isBid: isBid, beyond: worst)
        } else if action < 6, count > Self.levelsMin, depth > 0 {
            set(isBid: isBid, price, 0)
        } else if action < 8 {
            insert(isBid: isBid, beyond: price)
        } else {
            set(isBid: isBid, price, size())
        }
    }

    /// Sets the level next to a price, away from the top.
    private mutating func insert(isBid: Bool, beyond price: Int64) {
        let next = isBid ? price - 1 : price + 1
        set(isBid: isBid, next >= 1 ? next : price, size())
    }

    /// Changes the best price or its size, towards the reference.
    private mutating func changeTop() {
        guard let bid = bids.best, let ask = asks.best else { return }
        let isBid = random.unit() < 0.5 + pull / 2
        if ask - bid > 1, ask - bid > Self.spreadMax || random.below(3) == 0 {
            set(isBid: isBid, isBid ? bid + 1 : ask - 1, size())  // improves on the best, inside the spread
        } else if random.unit() < abs(pull) / 2, (isBid ? asks : bids).count > Self.levelsMin {
            set(isBid: !isBid, isBid ? ask : bid, 0)  // the other side withdraws
        } else {
            set(isBid: isBid, isBid ? bid : ask, size())
        }
    }

    private mutating func trade() -> Message {
        let isBuy = random.unit() < 0.5 + pull / 2
        let price = isBuy ? asks.price(at: 0) : bids.price(at: 0)
        let there = isBuy ? asks.size(of: price) : bids.size(of: price)
        let isDeep = (isBuy ? asks.count : bids.count) > Self.levelsMin
        // The side never runs dry: its last levels are only nibbled at.
        let wanted = 1 + size() / 4
        let taken = isDeep ? min(wanted, there) : max(1, min(wanted, there - 1))
        set(isBid: !isBuy, price, isDeep ? there - taken : max(there - taken, 1))
        tradeID += 1
        return .trade(id: tradeID, price: price, size: taken, isBuyerMaker: !isBuy)
    }
}
