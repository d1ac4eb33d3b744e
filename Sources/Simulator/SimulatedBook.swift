/// One side of the simulated book: prices in ticks with sizes in lots, the best one last, so that the busy end is cheap.
///
/// Invariants: prices are distinct and run from worst to best; sizes are positive.
struct SimulatedSide {
    /// True for bids, where a higher price is better.
    let isBid: Bool
    private(set) var prices: [Int64] = []
    private(set) var sizes: [Int64] = []

    init(isBid: Bool) { self.isBid = isBid }

    var count: Int { prices.count }

    /// The best price; nil if the side is empty.
    var best: Int64? { prices.last }

    /// The price at a distance from the best, 0 being the best.
    func price(at depth: Int) -> Int64 { prices[prices.count - 1 - depth] }

    /// The size at a price; 0 if there is none.
    func size(of price: Int64) -> Int64 {
        let index = position(of: price)
        return index < prices.count && prices[index] == price ? sizes[index] : 0
    }

    /// Sets the size at a price; 0 removes it.
    mutating func set(_ price: Int64, _ size: Int64) {
        let index = position(of: price)
        let exists = index < prices.count && prices[index] == price
        if size == 0 {
            guard exists else { return }
            prices.remove(at: index)
            sizes.remove(at: index)
        } else if exists {
            sizes[index] = size
        } else {
            prices.insert(price, at: index)
            sizes.insert(size, at: index)
        }
    }

    /// Where a price is, or would be: the first index whose price is not worse.
    private func position(of price: Int64) -> Int {
        var low = 0
        var high = prices.count
        while low < high {
            let middle = (low + high) / 2
            let isWorse = isBid ? prices[middle] < price : prices[middle] > price
            if isWorse { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
