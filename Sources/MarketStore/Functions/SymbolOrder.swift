/// Which rows of an answer are of which symbol, in the order in which they came.
struct SymbolOrder {
    /// Rows by symbol.
    private(set) var rows: [ArraySlice<Int>]

    /// Sorts rows by their symbols, places in a list of `count`; negative ones are of none.
    init(_ symbols: [Int], count: Int) {
        var ends = [Int](repeating: 0, count: count + 1)
        for symbol in symbols where symbol >= 0 { ends[symbol + 1] += 1 }
        for index in 0..<count { ends[index + 1] += ends[index] }
        var places = ends
        var order = [Int](repeating: 0, count: ends[count])
        for (row, symbol) in symbols.enumerated() where symbol >= 0 {
            order[places[symbol]] = row
            places[symbol] += 1
        }
        rows = (0..<count).map { order[ends[$0]..<ends[$0 + 1]] }
    }

    /// Keeps the first or last rows of each symbol.
    mutating func limit(_ count: Int, isFromStart: Bool) {
        for index in rows.indices { rows[index] = isFromStart ? rows[index].prefix(count) : rows[index].suffix(count) }
    }

    /// The columns with the rows in this order; a symbol without any gets `empty`, if there is one.
    func columns(_ columns: [Dataset.Column], empty: [[UInt8]]?) -> [Dataset.Column] {
        columns.enumerated().map { index, column in
            let width = Self.width(of: column.type)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(column.bytes.count)
            column.bytes.withUnsafeBytes { source in
                for symbol in rows {
                    if symbol.isEmpty, let empty { bytes += empty[index] }
                    var run = symbol
                    // Rows of a symbol often lie together already.
                    while let first = run.first {
                        var count = 1
                        while count < run.count, run[run.startIndex + count] == first + count { count += 1 }
                        bytes.append(contentsOf: source[first * width..<(first + count) * width])
                        run = run.dropFirst(count)
                    }
                }
            }
            return Dataset.Column(name: column.name, type: column.type, bytes: bytes)
        }
    }

    /// Bytes of a value of a type, `U40` included.
    private static func width(of type: String) -> Int {
        WireType(rawValue: type)?.size ?? (type.hasPrefix("U") ? 4 * (Int(type.dropFirst()) ?? 0) : 0)
    }
}
