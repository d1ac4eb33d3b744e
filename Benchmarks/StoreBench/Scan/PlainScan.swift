import Columnar
import Synchronization

/// A query's loop over columns that lie in memory as plain arrays: what a store could do at best without compression.
struct PlainScan: Sendable {
    private let query: ScanQuery
    private let compared: Buffer<Int64>
    private let summed: Buffer<Int64>
    private let sides: Buffer<UInt32>

    /// Rows that a thread takes at a time, as many as a slice of a store has.
    private static let sliceRows = 8_192

    /// Copies the columns.
    init(_ query: ScanQuery) {
        func mantissas(_ values: Buffer<Double>, _ power: Double) -> Buffer<Int64> {
            Buffer((0..<values.count).map { Int64(values[$0] * power + 0.5) })
        }
        self.query = query
        compared = mantissas(query.table.values(query.maxColumn), 100)
        summed = mantissas(query.table.values(query.sumColumn), 1_000)
        let codes = query.table.sides
        sides = Buffer((0..<(codes?.count ?? 0)).map { UInt32(codes?[$0] ?? 0) })
    }

    /// Rows a second, the best of several.
    func rate(threads: Int, repeats: Int) throws -> Double {
        var best = 0.0
        for _ in 0..<repeats {
            let watch = Stopwatch()
            let answer = try run(threads: threads)
            best = max(best, Double(compared.count) / watch.seconds)
            try answer.require(query.expected, "the loop on plain memory")
        }
        return best
    }

    private func run(threads: Int) throws -> ScanAnswer {
        let next = Atomic(0)
        let total = Mutex((rows: 0, sum: Int64(0), max: Int64(0)))
        try onThreads(threads) { _ in
            var own = (rows: 0, sum: Int64(0), max: Int64(0))
            while true {
                let start = next.add(Self.sliceRows, ordering: .relaxed).oldValue
                guard start < compared.count else { break }
                let found = slice(start, min(Self.sliceRows, compared.count - start))
                own = (own.rows + found.rows, own.sum &+ found.sum, max(own.max, found.max))
            }
            total.withLock { $0 = ($0.rows + own.rows, $0.sum &+ own.sum, max($0.max, own.max)) }
        }
        let found = total.withLock { $0 }
        return ScanAnswer(rows: found.rows, sum: Double(found.sum) / 1_000, max: Double(found.max) / 100)
    }

    private func slice(_ start: Int, _ count: Int) -> (rows: Int, sum: Int64, max: Int64) {
        let prices = compared.base + start
        let sizes = summed.base + start
        guard query.isFiltered else { return (count, ScanKernel.sum(sizes, count), ScanKernel.max(prices, count)) }
        let bound = Int64(ScanQuery.limit * 100)
        return ScanKernel.filtered(prices, sizes, sides.base + start, count, above: bound, code: 0)
    }
}
