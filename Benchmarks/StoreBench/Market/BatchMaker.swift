import Columnar

/// Turns rows of market data into batches as a feed would bring them: so many rows in order of time, split by series.
struct BatchMaker: Sendable {
    /// How numbers are handed to the store.
    enum NumberForm: String, Sendable, CaseIterable {
        /// Mantissas with a scale, as a venue's text parses.
        case decimal
        /// Doubles.
        case double
    }

    let table: MarketTable
    let form: NumberForm
    /// Rows of a batch; 4,096 is what one wake-up of a busy feed finds.
    var batchRows = 4_096

    private static let sides = StringDictionary(["buy", "sell"])

    init(table: MarketTable, form: NumberForm) {
        self.table = table
        self.form = form
    }

    /// The batches of some rows, as ranges.
    func batches(of rows: Range<Int>) -> [Range<Int>] {
        stride(from: rows.lowerBound, to: rows.upperBound, by: batchRows).map {
            $0..<min($0 + batchRows, rows.upperBound)
        }
    }

    /// The batch of some rows, each `shift` nanoseconds later.
    func batch(_ rows: Range<Int>, shift: Int64 = 0) -> AppendBatch {
        let (order, ends) = ordered(rows)
        var columns = [Vector?]()
        columns.append(
            Vector(type: .timestamp, form: .int64(gather(table.times, order) { $0 &+ shift }))
        )
        columns.append(nil)
        if let sides = table.sides {
            let codes = gather(sides, order) { UInt32($0) }
            columns.append(Vector(type: .symbol, form: .dictionary(codes, Self.sides)))
        }
        for number in table.numbers { columns.append(vector(number, order)) }
        var groups: [AppendGroup] = []
        groups.reserveCapacity(ends.count)
        var start = 0
        for (series, end) in ends.enumerated() where end > start {
            let group = columns.map { $0?.slice(start..<end) }
            groups.append(
                AppendGroup(
                    table: table.schema.name,
                    series: table.symbols[series],
                    columns: group,
                    rowCount: end - start
                )
            )
            start = end
        }
        return AppendBatch(groups: groups)
    }

    /// The rows by series, then in their order; and where each series ends. A counting sort.
    private func ordered(_ rows: Range<Int>) -> (order: [Int32], ends: [Int]) {
        let series = table.series.base
        var ends = [Int](repeating: 0, count: table.symbols.count)
        for row in rows { ends[Int(series[row])] += 1 }
        var start = 0
        for index in ends.indices {
            let count = ends[index]
            ends[index] = start
            start += count
        }
        var order = [Int32](repeating: 0, count: rows.count)
        for row in rows {
            let index = Int(series[row])
            order[ends[index]] = Int32(truncatingIfNeeded: row)
            ends[index] += 1
        }
        return (order, ends)
    }

    private func vector(_ number: MarketTable.Number, _ order: [Int32]) -> Vector {
        switch form {
        case .double: return Vector(type: .float64, form: .float64(gather(number.values, order) { $0 }))
        case .decimal:
            let power = ScaledInteger.powersOfTen[number.scale]
            let mantissas = gather(number.values, order) { Int64($0 * power + 0.5) }
            return Vector(type: .float64, form: .scaledInteger(mantissas, scale: number.scale))
        }
    }

    @inline(__always)
    private func gather<Source, Target>(
        _ source: Buffer<Source>,
        _ order: [Int32],
        _ convert: (Source) -> Target
    ) -> Buffer<Target> {
        let memory = OwnedMemory<Target>(capacity: order.count)
        for index in order.indices { (memory.base + index).initialize(to: convert(source.base[Int(order[index])])) }
        return Buffer(base: UnsafePointer(memory.base), count: order.count, owner: memory)
    }
}
