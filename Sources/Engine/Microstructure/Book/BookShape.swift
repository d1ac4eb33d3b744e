import Glibc
import Market

/// Functions of a state of the book that live features do not have: what its levels look like as a whole. Prices and sizes
/// are mantissas; ratios of doubles are within some units in the last place for each level.
enum BookShape {
    /// Exponents below this are 0 beside any other level.
    private static let exponentMin = -60.0

    /// Bids less asks over their sum, each size weighted by e to the −decay × distance from the mid in basis points.
    static func weightedImbalance(_ book: borrowing OrderBook, decay: Double) -> Double? {
        guard let mid = mid(book) else { return nil }
        func sum(_ side: borrowing BookSide) -> Double {
            var sum = 0.0
            var depth = 0
            while let level = side.level(depth) {
                let exponent = -decay * 10_000 * abs(Double(level.price) - mid) / mid
                if exponent < exponentMin { break }
                sum += exp(exponent) * Double(level.size)
                depth += 1
            }
            return sum
        }
        let (bids, asks) = (sum(book.bids), sum(book.asks))
        return bids + asks > 0 ? (bids - asks) / (bids + asks) : nil
    }

    /// Σ price × size of the levels of a side that are at a price or better.
    static func notional(_ side: borrowing BookSide, isBid: Bool, limit: Int64) -> Double {
        var sum = 0.0
        var depth = 0
        while let level = side.level(depth), isBid ? level.price >= limit : level.price <= limit {
            sum += Double(level.price) * Double(level.size)
            depth += 1
        }
        return sum
    }

    /// The average price of an order that takes a size from a side, all in mantissas; nil if the side has less.
    static func fillPrice(_ side: borrowing BookSide, size: Double) -> Double? {
        var rest = size
        var cost = 0.0
        var depth = 0
        while rest > 0 {
            guard let level = side.level(depth) else { return nil }
            let taken = min(rest, Double(level.size))
            cost += Double(level.price) * taken
            rest -= taken
            depth += 1
        }
        return size > 0 ? cost / size : nil
    }

    /// The same for an order that takes a notional.
    static func fillPrice(_ side: borrowing BookSide, notional: Double) -> Double? {
        var rest = notional
        var size = 0.0
        var depth = 0
        while rest > 0 {
            guard let level = side.level(depth), level.price > 0 else { return nil }
            let whole = Double(level.price) * Double(level.size)
            size += rest < whole ? rest / Double(level.price) : Double(level.size)
            rest -= min(rest, whole)
            depth += 1
        }
        return size > 0 ? notional / size : nil
    }

    /// How far a price lies beyond the mid for who takes from a side, in basis points.
    static func slippage(_ price: Double?, _ book: borrowing OrderBook, isAsk: Bool) -> Double? {
        guard let price, let mid = mid(book), mid > 0 else { return nil }
        return (isAsk ? price - mid : mid - price) / mid * 10_000
    }

    /// Depth-weighted slope of both sides over their best levels (Næs, Skjeltorp 2006): how much the cumulative size grows
    /// for how much the price moves.
    static func slope(_ book: borrowing OrderBook, levels: Int, sizeUnit: Double) -> Double? {
        guard let mid = mid(book), let bids = slope(book.bids, mid, levels, sizeUnit),
            let asks = slope(book.asks, mid, levels, sizeUnit)
        else { return nil }
        return (bids + asks) / 2
    }

    /// `1/N (v₁ / |p₁/p₀ − 1| + Σ (vⱼ₊₁/vⱼ − 1) / |pⱼ₊₁/pⱼ − 1|)` with v the logarithm of the cumulative size, p₀ the mid.
    private static func slope(
        _ side: borrowing BookSide,
        _ mid: Double,
        _ levels: Int,
        _ sizeUnit: Double
    ) -> Double? {
        var total = 0.0
        var sum = 0.0
        var before: (price: Double, logarithm: Double)?
        var depth = 0
        while depth < levels, let level = side.level(depth) {
            let price = Double(level.price)
            total += Double(level.size)
            let logarithm = log(total / sizeUnit)
            if let before {
                sum += (logarithm / before.logarithm - 1) / abs(price / before.price - 1)
            } else {
                sum += logarithm / abs(price / mid - 1)
            }
            before = (price, logarithm)
            depth += 1
        }
        return depth > 0 ? sum / Double(depth) : nil
    }

    /// Σ share² of the sizes of the best levels of a side, or of both.
    static func concentration(_ book: borrowing OrderBook, levels: Int, _ side: Side?) -> Double? {
        let total = wideDouble(size(book, levels: levels, side))
        guard total > 0 else { return nil }
        var sum = 0.0
        forEachSize(book, levels, side) { size in
            let share = size / total
            sum += share * share
        }
        return sum
    }

    /// −Σ share ln share of the sizes of the best levels of a side, or of both.
    static func entropy(_ book: borrowing OrderBook, levels: Int, _ side: Side?) -> Double? {
        let total = wideDouble(size(book, levels: levels, side))
        guard total > 0 else { return nil }
        var sum = 0.0
        forEachSize(book, levels, side) { size in
            let share = size / total
            sum -= share * log(share)
        }
        return sum
    }

    /// Sizes of the best levels of a side, or of both.
    static func size(_ book: borrowing OrderBook, levels: Int, _ side: Side?) -> Int128 {
        (side == .ask ? 0 : book.bids.size(toDepth: levels)) &+ (side == .bid ? 0 : book.asks.size(toDepth: levels))
    }

    private static func forEachSize(
        _ book: borrowing OrderBook,
        _ levels: Int,
        _ side: Side?,
        _ body: (Double) -> Void
    ) {
        var depth = 0
        while side != .ask, depth < levels, let level = book.bids.level(depth) {
            body(Double(level.size))
            depth += 1
        }
        depth = 0
        while side != .bid, depth < levels, let level = book.asks.level(depth) {
            body(Double(level.size))
            depth += 1
        }
    }

    /// The mid as a mantissa; nil if a side is empty.
    private static func mid(_ book: borrowing OrderBook) -> Double? {
        guard let bid = book.bids.best, let ask = book.asks.best else { return nil }
        return (Double(bid.price) + Double(ask.price)) / 2
    }
}
