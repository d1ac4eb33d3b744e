import Columnar
import QueryLang

/// A sequence of MessagePack objects, so that nothing has to be known of an answer before it is written:
///
///     {"columns": [{"name": "time", "type": "timestamp"}, …]}      one map
///     [[…], [… ], …]                                               an array of rows for each batch, a row an array of values
///     {"end": {"rows": n, "elapsed_us": n, "stats": {…}}}          one map; of a failure {"error": {"code": …, "message": …}}
///
/// A timestamp is the extension type -1 with its nanoseconds, a decimal its nearest double, NaN and infinities are doubles.
final class MessagePackResultWriter {
    private let columns: [ResultColumn]
    private let sink = ByteSink()

    init(_ columns: [ResultColumn]) { self.columns = columns }

    func begin(into bytes: inout [UInt8]) {
        sink.packMap(count: 1)
        sink.pack("columns")
        sink.packArray(count: columns.count)
        for column in columns {
            sink.packMap(count: 2)
            sink.pack("name")
            sink.pack(column.name)
            sink.pack("type")
            sink.pack(column.type.name)
        }
        sink.drain(into: &bytes)
    }

    func write(_ batch: RecordBatch, into bytes: inout [UInt8]) {
        guard batch.rowCount > 0 else { return }
        let cells = batch.columns.map(MessagePackColumn.init)
        sink.packArray(count: batch.rowCount)
        for row in 0..<batch.rowCount {
            sink.packArray(count: cells.count)
            for cell in cells { cell.write(row, to: sink) }
        }
        sink.drain(into: &bytes)
    }

    func end(_ statistics: QueryStatistics, into bytes: inout [UInt8]) {
        sink.packMap(count: 1)
        sink.pack("end")
        sink.packMap(count: 3)
        pack("rows", statistics.rowsReturned)
        sink.pack("elapsed_us")
        sink.pack(statistics.elapsedNanoseconds / 1000)
        sink.pack("stats")
        sink.packMap(count: 4)
        pack("rows_scanned", statistics.rowsScanned)
        pack("blocks_scanned", statistics.slicesScanned)
        pack("blocks_skipped", statistics.slicesSkipped)
        pack("blocks_answered", statistics.slicesAnswered)
        sink.drain(into: &bytes)
    }

    func fail(_ error: QueryError, into bytes: inout [UInt8]) {
        sink.packMap(count: 1)
        sink.pack("error")
        sink.packMap(count: 2)
        sink.pack("code")
        sink.pack(error.code.rawValue)
        sink.pack("message")
        sink.pack(error.description)
        sink.drain(into: &bytes)
    }

    private func pack(_ name: String, _ value: Int) {
        sink.pack(name)
        sink.pack(Int64(value))
    }
}

/// The values of one column of a batch, laid open once.
private struct MessagePackColumn {
    private enum Values {
        case integers(Buffer<Int64>)
        case timestamps(Buffer<Int64>)
        case doubles(Buffer<Double>)
        case decimals(Buffer<Int64>, scale: Int)
        case booleans(Buffer<UInt8>)
        case codes(Buffer<UInt32>, StringDictionary)
        case text(Buffer<UInt32>, Buffer<UInt8>)
        case constant(Scalar)
    }

    private let values: Values
    private let validity: Validity?

    init(_ vector: Vector) {
        validity = vector.validity
        let isTime = vector.type == .timestamp
        values =
            switch vector.form {
            case .int64(let values): isTime ? .timestamps(values) : .integers(values)
            case .sequence: isTime ? .timestamps(vector.int64Values) : .integers(vector.int64Values)
            case .float64(let values): .doubles(values)
            case .scaledInteger(let values, let scale): .decimals(values, scale: scale)
            case .boolean(let values): .booleans(values)
            case .dictionary(let codes, let dictionary): .codes(codes, dictionary)
            case .text(let offsets, let bytes): .text(offsets, bytes)
            case .constant(let value, _): .constant(value)
            }
    }

    func write(_ row: Int, to sink: ByteSink) {
        if let validity, !validity[row] { return sink.packNil() }
        switch values {
        case .integers(let values): sink.pack(values[row])
        case .timestamps(let values): sink.pack(timestamp: values[row])
        case .doubles(let values): sink.pack(values[row])
        case .decimals(let values, let scale): sink.pack(ScaledInteger.double(values[row], scale: scale))
        case .booleans(let values): sink.pack(values[row] != 0)
        case .codes(let codes, let dictionary): sink.pack(dictionary.values[Int(codes[row])])
        case .text(let offsets, let bytes):
            let start = Int(offsets[row])
            sink.pack(UnsafeBufferPointer(start: bytes.base + start, count: Int(offsets[row + 1]) - start))
        case .constant(let value): Self.write(value, to: sink)
        }
    }

    private static func write(_ value: Scalar, to sink: ByteSink) {
        switch value {
        case .null: sink.packNil()
        case .boolean(let value): sink.pack(value)
        case .int64(let value): sink.pack(value)
        case .float64(let value): sink.pack(value)
        case .timestamp(let value): sink.pack(timestamp: value)
        case .text(let text): sink.pack(text)
        }
    }
}
