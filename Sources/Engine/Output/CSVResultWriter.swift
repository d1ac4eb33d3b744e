import QueryLang

/// RFC 4180, with lines ended by CR LF as it asks.
final class CSVResultWriter {
    private let columns: [ResultColumn]
    private var cells: [CellWriter]
    private let sink = ByteSink()

    init(_ columns: [ResultColumn]) {
        self.columns = columns
        self.cells = columns.map { _ in CellWriter(.csv) }
    }

    func begin(into bytes: inout [UInt8]) {
        for (index, column) in columns.enumerated() {
            if index > 0 { sink.append(UInt8(ascii: ",")) }
            var name = column.name
            name.withUTF8 { TextEscaping.csv($0, to: sink) }
        }
        sink.append("\r\n")
        sink.drain(into: &bytes)
    }

    func write(_ batch: RecordBatch, into bytes: inout [UInt8]) {
        for index in cells.indices { cells[index].load(batch.columns[index]) }
        cells.withUnsafeMutableBufferPointer { cells in
            for row in 0..<batch.rowCount {
                for index in cells.indices {
                    if index > 0 { sink.append(UInt8(ascii: ",")) }
                    cells[index].write(row, to: sink)
                }
                sink.append("\r\n")
            }
        }
        sink.drain(into: &bytes)
    }
}
