import Columnar
import Store
import Synchronization

/// Adds up one column and finds the largest value of another, of all rows or of some.
struct ScanQuery: Sendable {
    let table: MarketTable
    let sumColumn: String
    let maxColumn: String
    /// Only rows with side = 'buy' and more than ``limit`` in the column of the maximum.
    var isFiltered = false

    /// The filter's bound.
    static let limit = 100.0

    /// sum(size) and max(price) of trades, sum(bsz) and max(ask) of quotes.
    init(_ table: MarketTable, isFiltered: Bool = false) {
        self.table = table
        sumColumn = table.sides == nil ? "bsz" : "size"
        maxColumn = table.sides == nil ? "ask" : "price"
        self.isFiltered = isFiltered
    }

    /// How it reads in a figure's name.
    var name: String { isFiltered ? "price > 100, side = 'buy'" : "all rows" }

    /// Bytes a row of the columns that it reads, in plain form.
    var plainRowBytes: Int { isFiltered ? 20 : 16 }

    /// The schema's columns that it reads.
    var columns: [Int] {
        let numbers = [table.index(maxColumn), table.index(sumColumn)]
        return isFiltered ? numbers + [table.index("side")] : numbers
    }

    /// The answer from the columns that the rows came from.
    var expected: ScanAnswer {
        let summed = table.values(sumColumn)
        let compared = table.values(maxColumn)
        var rows = 0
        var sum: Int64 = 0
        var largest = -Double.infinity
        for row in 0..<table.count {
            if isFiltered, compared[row] <= Self.limit || table.sides?[row] != 0 { continue }
            rows += 1
            sum += Int64(summed[row] * 1_000 + 0.5)
            largest = max(largest, compared[row])
        }
        return ScanAnswer(rows: rows, sum: Double(sum) / 1_000, max: largest)
    }

    /// Asks a store, with that many threads over series and days.
    func run(_ store: Store, threads: Int, days: [TimeRange]? = nil) throws -> ScanAnswer {
        let snapshot = store.snapshot()
        var pieces: [(scan: any TableScan, series: Int)] = []
        for day in days ?? table.days {
            let request = ScanRequest(table: table.schema.name, time: day, columns: columns)
            let scan = try snapshot.scan(request)
            for series in scan.series.indices { pieces.append((scan, series)) }
        }
        let work = pieces
        let next = Atomic(0)
        let total = Mutex(ScanFold(self))
        try onThreads(threads) { _ in
            var fold = ScanFold(self)
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < work.count else { break }
                var cursor = try work[index].scan.open(series: work[index].series)
                while let slice = try cursor.next() { try fold.add(slice) }
            }
            total.withLock { $0.merge(fold) }
        }
        return total.withLock { $0.answer }
    }
}

/// What a query found.
struct ScanAnswer: Sendable {
    let rows: Int
    let sum: Double
    let max: Double

    /// The same for the same rows, in whatever order they were added.
    var check: String { checksum(UInt64(rows), UInt64(sum * 1_000 + 0.5), UInt64(max * 100 + 0.5)) }

    /// Fails if this is not the answer.
    func require(_ expected: ScanAnswer, _ name: String) throws(BenchFailure) {
        guard rows == expected.rows, (sum - expected.sum).magnitude <= expected.sum * 1e-9, max == expected.max else {
            throw BenchFailure("\(name): \(self) is not \(expected)")
        }
    }
}
