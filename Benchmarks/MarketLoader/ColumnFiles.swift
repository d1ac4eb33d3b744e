import Columnar

/// The columns of one table as files of a directory: times as nanoseconds, symbols and sides as codes, decimals as the
/// nearest doubles.
struct ColumnFiles {
    private let symbols: NumpyFile
    private let columns: [(file: NumpyFile, meaning: MarketTable.MadeColumn.Meaning)]

    /// Creates the files, for that many rows.
    init(_ table: MarketTable, directory: String, rows: Int) throws(LoaderFailure) {
        symbols = try NumpyFile("\(directory)/symbol.npy", .uint16, count: rows)
        var columns: [(file: NumpyFile, meaning: MarketTable.MadeColumn.Meaning)] = []
        for column in table.columns {
            let element: NumpyFile.Element =
                switch column.meaning {
                case .time, .count: .int64
                case .decimal: .float64
                case .side: .uint8
                }
            columns.append((try NumpyFile("\(directory)/\(column.name).npy", element, count: rows), column.meaning))
        }
        self.columns = columns
    }

    /// Writes the next rows.
    func append(_ rows: MarketRows) throws(LoaderFailure) {
        try symbols.append(rows.symbols.map { UInt16(truncatingIfNeeded: $0) })
        for (column, values) in zip(columns, rows.columns) {
            switch column.meaning {
            case .time, .count: try column.file.append(values)
            case .decimal(let scale): try column.file.append(values.map { ScaledInteger.double($0, scale: scale) })
            case .side: try column.file.append(values.map { UInt8(truncatingIfNeeded: $0) })
            }
        }
    }
}
