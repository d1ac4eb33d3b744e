import Columnar

/// The weights of integrated order-flow imbalance: the first principal component of the flows at several levels (Cont,
/// Cucuringu, Zhang 2023), over intervals of equal length in which something changed.
struct FlowComponents {
    private let levels: Int
    /// Length of an interval.
    private let width: Int64
    /// The interval that is open, and its flows.
    private var interval: Int64?
    private var flows: [Double]
    private var count = 0
    private var means: [Double]
    /// Σ of products of what two levels deviate by.
    private var products: [[Double]]

    init(levels: Int, seconds: Double) {
        self.levels = levels
        width = max(1, Int64((seconds * Double(CivilTime.second)).rounded()))
        flows = [Double](repeating: 0, count: levels)
        means = flows
        products = [[Double]](repeating: flows, count: levels)
    }

    /// Takes what an event did at each level.
    mutating func add(_ changes: [Double], time: Int64) {
        // Rounded down, so that intervals before 1970 are as long as those after.
        let index = time / width - (time % width < 0 ? 1 : 0)
        if index != interval { close() }
        interval = index
        for level in 0..<min(levels, changes.count) { flows[level] += changes[level] }
    }

    /// Makes an observation of the open interval.
    private mutating func close() {
        guard interval != nil else { return }
        interval = nil
        count += 1
        var before = flows
        for level in flows.indices {
            before[level] = flows[level] - means[level]
            means[level] += before[level] / Double(count)
        }
        for row in flows.indices {
            for column in flows.indices { products[row][column] += before[row] * (flows[column] - means[column]) }
        }
        for level in flows.indices { flows[level] = 0 }
    }

    /// The weights, the sum of whose magnitudes is 1 and whose sum is not negative; nil with fewer than two observations, and
    /// if nothing ever flowed.
    func weights() -> [Double]? {
        var whole = self
        whole.close()
        guard whole.count > 1 else { return nil }
        // Products of each pair were summed in two orders, which rounding may tell apart.
        let matrix = products.indices.map { row in
            products.indices.map { (whole.products[row][$0] + whole.products[$0][row]) / 2 }
        }
        guard let (value, vector) = SymmetricEigenvectors.principal(of: matrix), value > 0 else { return nil }
        let length = vector.reduce(0) { $0 + $1.magnitude }
        let sum = vector.reduce(0, +)
        let isTurned = sum == 0 ? vector.first { $0 != 0 }.map { $0 < 0 } ?? false : sum < 0
        return vector.map { (isTurned ? -$0 : $0) / length }
    }
}
