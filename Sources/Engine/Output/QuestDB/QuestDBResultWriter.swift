import Columnar
import QueryLang

/// Answers as QuestDB's `/exec` and `/exp` write them.
///
///     {"query":"…","columns":[{"name":"ts","type":"TIMESTAMP"}],"timestamp":0,"dataset":[["2024-08-08T00:00:00.000000Z"]],"count":1}
final class QuestDBResultWriter {
    private let form: QuestDBForm
    private let columns: [ResultColumn]
    private let timestampColumn: Int?
    private var cells: [QuestDBCell]
    private let sink = ByteSink()
    /// Rows met, the skipped ones too.
    private var rowCount = 0
    private var isFirstRow = true

    init(_ form: QuestDBForm, columns: [ResultColumn], timestampColumn: Int?) {
        self.form = form
        self.columns = columns
        self.timestampColumn = timestampColumn
        self.cells = columns.map { QuestDBCell($0, form) }
    }

    func begin(into bytes: inout [UInt8]) {
        switch form.kind {
        case .json: beginJSON()
        case .csv: beginCSV()
        }
        sink.drain(into: &bytes)
    }

    private func beginJSON() {
        guard form.hasMetadata else { return sink.append(#"{"dataset":["#) }
        sink.append(#"{"query":"#)
        sink.appendJSON(form.query)
        sink.append(#","columns":["#)
        for (index, column) in columns.enumerated() {
            sink.append(index == 0 ? #"{"name":"# : #",{"name":"#)
            sink.appendJSON(column.name)
            sink.append(#","type":"#)
            sink.appendJSON((column.declared ?? DeclaredType(column.type)).name)
            sink.append("}")
        }
        sink.append(#"],"timestamp":"#)
        sink.append(Int64(timestampColumn ?? -1))
        sink.append(#","dataset":["#)
    }

    private func beginCSV() {
        guard form.hasMetadata else { return }
        for (index, column) in columns.enumerated() {
            if index > 0 { sink.append(UInt8(ascii: ",")) }
            sink.appendQuotedCSV(column.name)
        }
        sink.append("\r\n")
    }

    func write(_ batch: RecordBatch, into bytes: inout [UInt8]) {
        let first = max(0, form.firstRow - 1 - rowCount)
        let last = form.lastRow.map { min(batch.rowCount, max(0, $0 - rowCount)) } ?? batch.rowCount
        rowCount += batch.rowCount
        guard first < last else { return }
        for row in first..<last {
            switch form.kind {
            case .json: sink.append(isFirstRow ? "[" : ",[")
            case .csv: break
            }
            isFirstRow = false
            for (index, column) in batch.columns.enumerated() {
                if index > 0 { sink.append(UInt8(ascii: ",")) }
                cells[index].write(column.scalar(at: row), to: sink)
            }
            switch form.kind {
            case .json: sink.append(UInt8(ascii: "]"))
            case .csv: sink.append("\r\n")
            }
        }
        sink.drain(into: &bytes)
    }

    func end(_ statistics: QueryStatistics, into bytes: inout [UInt8]) {
        guard form.kind == .json else { return }
        sink.append(#"],"count":"#)
        sink.append(Int64(form.countsAllRows ? rowCount : min(rowCount, form.lastRow ?? rowCount)))
        if form.hasTimings {
            sink.append(#","timings":{"authentication":0,"compiler":0,"execute":"#)
            sink.append(statistics.elapsedNanoseconds)
            sink.append(#","count":0}"#)
        }
        if form.hasExplanation { sink.append(#","explain":{"jitCompiled":false}"#) }
        sink.append("}\n")
        sink.drain(into: &bytes)
    }

    /// The answer to a statement that gives no rows.
    static func acknowledge(_ word: String, into bytes: inout [UInt8]) {
        bytes.append(contentsOf: "{\"\(word)\":\"OK\"}\n".utf8)
    }
}
