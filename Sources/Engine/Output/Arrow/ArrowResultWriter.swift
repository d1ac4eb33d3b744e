import Columnar
import QueryLang

/// An Arrow IPC stream. Symbols are dictionary-encoded, timestamps are nanoseconds in UTC, decimals their nearest doubles.
///
/// The engine's batches are collected to larger ones, as a reader pays for each. The stream has an end only if the answer is
/// whole.
final class ArrowResultWriter {
    /// Rows from which on a record batch is written: a reader's own cost for a batch no longer shows.
    static let batchRowsMin = 8192
    /// Bytes from which on it is written too, however few rows they are: what an answer holds in memory is bounded.
    static let batchBytesMin = 4 << 20

    /// Bytes of text that are added at once: with what waits already they stay far below 2 GiB, which Arrow's offsets reach.
    static let textBytesMax = 256 << 20

    private let schema: [ResultColumn]
    private let columns: [ArrowColumn]
    private let textBytesMax: Int
    private var rowCount = 0

    init(_ columns: [ResultColumn], textBytesMax: Int = ArrowResultWriter.textBytesMax) {
        self.textBytesMax = textBytesMax
        schema = columns
        var dictionaryCount: Int64 = 0
        self.columns = columns.map { column in
            guard column.type == .symbol else { return ArrowColumn(column.type) }
            defer { dictionaryCount += 1 }
            return ArrowColumn(column.type, dictionaryID: dictionaryCount)
        }
    }

    func begin(into bytes: inout [UInt8]) { ArrowMessage.appendSchema(schema, to: &bytes) }

    func write(_ batch: RecordBatch, into bytes: inout [UInt8]) {
        if batch.rowCount > 1, batch.columns.contains(where: { $0.textByteCount > textBytesMax }) {
            let middle = batch.rowCount / 2
            write(batch.slice(0..<middle), into: &bytes)
            write(batch.slice(middle..<batch.rowCount), into: &bytes)
            return
        }
        for (column, vector) in zip(columns, batch.columns) { column.append(vector) }
        rowCount += batch.rowCount
        let isLarge = rowCount >= Self.batchRowsMin || columns.reduce(0) { $0 + $1.byteCount } >= Self.batchBytesMin
        if isLarge { writeBatch(into: &bytes) }
    }

    func end(into bytes: inout [UInt8]) {
        if rowCount > 0 { writeBatch(into: &bytes) }
        bytes.append(contentsOf: ArrowMessage.end)
    }

    private func writeBatch(into bytes: inout [UInt8]) {
        var body = ArrowBody()
        for column in columns {
            column.writeDictionary(into: &bytes)
            column.add(to: &body)
        }
        ArrowMessage.appendRecordBatch(body, rowCount: rowCount, to: &bytes)
        for column in columns { column.removeAll() }
        rowCount = 0
    }
}

extension Vector {
    /// Bytes of all texts of a column of strings.
    fileprivate var textByteCount: Int {
        switch form {
        case .text(let offsets, _): Int(offsets[count]) - Int(offsets[0])
        case .constant(.text(let text), let count): text.utf8.count * count
        default: 0
        }
    }
}
