import Columnar
import QueryLang

/// One JSON document, streamed.
final class JSONResultWriter {
    private let columns: [ResultColumn]
    private var cells: [CellWriter]
    private let sink = ByteSink()
    private var isFirstRow = true

    init(_ columns: [ResultColumn]) {
        self.columns = columns
        self.cells = columns.map { _ in CellWriter(.json) }
    }

    func begin(into bytes: inout [UInt8]) {
        sink.append(#"{"columns":["#)
        for (index, column) in columns.enumerated() {
            sink.append(index == 0 ? #"{"name":"# : #",{"name":"#)
            sink.appendJSON(column.name)
            sink.append(#","type":"#)
            sink.appendJSON(column.type.name)
            sink.append("}")
        }
        sink.append(#"],"rows":["#)
        sink.drain(into: &bytes)
    }

    func write(_ batch: RecordBatch, into bytes: inout [UInt8]) {
        for index in cells.indices { cells[index].load(batch.columns[index]) }
        cells.withUnsafeMutableBufferPointer { cells in
            for row in 0..<batch.rowCount {
                sink.append(isFirstRow ? "[" : ",[")
                isFirstRow = false
                for index in cells.indices {
                    if index > 0 { sink.append(UInt8(ascii: ",")) }
                    cells[index].write(row, to: sink)
                }
                sink.append(UInt8(ascii: "]"))
            }
        }
        sink.drain(into: &bytes)
    }

    func end(_ statistics: QueryStatistics, into bytes: inout [UInt8]) {
        sink.append(#"],"rows_count":"#)
        sink.append(Int64(statistics.rowsReturned))
        sink.append(#","elapsed_us":"#)
        sink.append(statistics.elapsedNanoseconds / 1000)
        sink.appendJSON(statistics)
        sink.append("}\n")
        sink.drain(into: &bytes)
    }
}

/// A JSON object a line.
final class NDJSONResultWriter {
    private var cells: [CellWriter]
    /// `{"time":`, then `,"price":` and so on.
    private let keys: [[UInt8]]
    private let sink = ByteSink()

    init(_ columns: [ResultColumn]) {
        self.cells = columns.map { _ in CellWriter(.json) }
        self.keys = columns.enumerated().map { index, column in
            let sink = ByteSink(capacity: 64)
            sink.append(index == 0 ? "{" : ",")
            sink.appendJSON(column.name)
            sink.append(":")
            var key: [UInt8] = []
            sink.drain(into: &key)
            return key
        }
    }

    func write(_ batch: RecordBatch, into bytes: inout [UInt8]) {
        for index in cells.indices { cells[index].load(batch.columns[index]) }
        cells.withUnsafeMutableBufferPointer { cells in
            for row in 0..<batch.rowCount {
                for index in cells.indices {
                    sink.append(keys[index])
                    cells[index].write(row, to: sink)
                }
                sink.append("}\n")
            }
        }
        sink.drain(into: &bytes)
    }

    func end(_ statistics: QueryStatistics, into bytes: inout [UInt8]) {
        sink.append(#"{"end":{"rows":"#)
        sink.append(Int64(statistics.rowsReturned))
        sink.append(#","elapsed_us":"#)
        sink.append(statistics.elapsedNanoseconds / 1000)
        sink.appendJSON(statistics)
        sink.append("}}\n")
        sink.drain(into: &bytes)
    }

    func fail(_ error: QueryError, into bytes: inout [UInt8]) {
        sink.append(#"{"error":{"code":"#)
        sink.appendJSON(error.code.rawValue)
        sink.append(#","message":"#)
        sink.appendJSON(error.description)
        sink.append("}}\n")
        sink.drain(into: &bytes)
    }
}

extension ByteSink {
    func append(_ value: Int64) { advance(by: NumberText.write(value, to: claim(NumberText.roomBytes))) }

    /// Appends the member that tells what the execution looked at.
    func appendJSON(_ statistics: QueryStatistics) {
        append(#","stats":{"rows_scanned":"#)
        append(Int64(statistics.rowsScanned))
        append(#","blocks_scanned":"#)
        append(Int64(statistics.slicesScanned))
        append(#","blocks_skipped":"#)
        append(Int64(statistics.slicesSkipped))
        append(#","blocks_answered":"#)
        append(Int64(statistics.slicesAnswered))
        append("}")
    }

    func appendJSON(_ text: String) {
        var text = text
        text.withUTF8 { TextEscaping.json($0, to: self) }
    }
}
