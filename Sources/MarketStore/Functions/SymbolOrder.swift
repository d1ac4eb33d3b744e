/// Rows of an answer that follow each other and are of one symbol.
struct SymbolRun {
    /// The symbol's place in the list that was asked for; negative for none of it.
    var symbol: Int
    var rows: Range<Int>
}

/// Which rows of an answer are of which symbol, in the order in which they came.
struct SymbolOrder {
    /// Runs of rows by symbol.
    private var runs: [[Range<Int>]]

    /// Sorts runs by their symbols, places in a list of `count`.
    init(_ runs: [SymbolRun], count: Int) {
        var sorted = [[Range<Int>]](repeating: [], count: count)
        for run in runs where run.symbol >= 0 { sorted[run.symbol].append(run.rows) }
        self.runs = sorted
    }

    /// Rows of a symbol.
    func rowCount(_ symbol: Int) -> Int { runs[symbol].reduce(0) { $0 + $1.count } }

    /// Keeps the first or last rows of each symbol.
    mutating func limit(_ count: Int, isFromStart: Bool) {
        for index in runs.indices { runs[index] = Self.limited(runs[index], count, isFromStart: isFromStart) }
    }

    private static func limited(_ runs: [Range<Int>], _ count: Int, isFromStart: Bool) -> [Range<Int>] {
        var kept: [Range<Int>] = []
        var left = count
        for run in isFromStart ? runs : runs.reversed() where left > 0 {
            let length = min(run.count, left)
            kept.append(
                isFromStart
                    ? run.lowerBound..<run.lowerBound + length : run.upperBound - length..<run.upperBound
            )
            left -= length
        }
        return isFromStart ? kept : kept.reversed()
    }

    /// The columns with the rows in this order; a symbol without any gets `empty`, if there is one.
    ///
    /// - Parameter rowCount: the rows that the columns have.
    func columns(_ columns: [Dataset.Column], rowCount: Int, empty: [[UInt8]]?) -> [Dataset.Column] {
        if isWhole(rowCount, hasEmpty: empty != nil) { return columns }
        return columns.enumerated().map { index, column in
            let width = WireType.width(of: column.type)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(column.bytes.count)
            column.bytes.withUnsafeBytes { source in
                for symbol in runs {
                    if symbol.isEmpty, let empty { bytes += empty[index] }
                    for run in symbol {
                        bytes.append(contentsOf: source[run.lowerBound * width..<run.upperBound * width])
                    }
                }
            }
            return Dataset.Column(name: column.name, type: column.type, bytes: bytes)
        }
    }

    /// Whether the rows are all there, in this order already.
    private func isWhole(_ rowCount: Int, hasEmpty: Bool) -> Bool {
        var end = 0
        for symbol in runs {
            if symbol.isEmpty, hasEmpty { return false }
            for run in symbol {
                guard run.lowerBound == end else { return false }
                end = run.upperBound
            }
        }
        return end == rowCount
    }
}
