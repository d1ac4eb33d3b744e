import Columnar
import QueryLang

/// The messages of an Arrow IPC stream: a schema, then dictionaries and record batches, then an end.
///
/// A message is `FF FF FF FF`, the size of its metadata, the metadata (a FlatBuffers table, filled up to 8 bytes), and its body.
/// The format: arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc; slots and numbers
/// below are those of its files Schema.fbs and Message.fbs.
enum ArrowMessage {
    /// Bodies, and buffers in them, are filled up to a multiple of so many bytes: a cache line, as Arrow recommends.
    static let alignment = 64

    /// What tells a reader that no message follows.
    static let end: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]

    private static let metadataAlignment = 8
    private static let metadataVersion5: Int16 = 4

    /// Which table a message's header is.
    private enum Header: UInt8 {
        case schema = 1
        case dictionaryBatch = 2
        case recordBatch = 3
    }

    /// Appends the schema. Symbol columns have the dictionaries 0, 1, 2, … in their order.
    static func appendSchema(_ columns: [ResultColumn], to bytes: inout [UInt8]) {
        var dictionaryCount: Int64 = 0
        let fields = columns.map { column in
            let (type, table) = type(of: column.type)
            // A reader may insist on a list of children, though it is empty.
            var field = FlatTable(
                (0, .string(column.name)),
                (1, .byte(1)),
                (2, .byte(type)),
                (3, .table(table)),
                (5, .tables([]))
            )
            if column.type == .symbol {
                field.set(4, .table(FlatTable((0, .int64(dictionaryCount)), (1, .table(integer(bits: 32))))))
                dictionaryCount += 1
            }
            return field
        }
        append(.schema, FlatTable((1, .tables(fields))), bodyByteCount: 0, to: &bytes)
    }

    /// The number and the table of a type. A symbol has the type of its texts.
    private static func type(of type: ColumnType) -> (UInt8, FlatTable) {
        switch type {
        case .boolean: (6, FlatTable())
        case .int64: (2, integer(bits: 64))
        case .float64: (3, FlatTable((0, .int16(2))))
        case .timestamp: (10, FlatTable((0, .int16(3)), (1, .string("UTC"))))
        case .symbol, .string: (5, FlatTable())
        }
    }

    private static func integer(bits: Int32) -> FlatTable { FlatTable((0, .int32(bits)), (1, .byte(1))) }

    /// Appends a record batch.
    static func appendRecordBatch(_ body: ArrowBody, rowCount: Int, to bytes: inout [UInt8]) {
        append(.recordBatch, recordBatch(body, rowCount: rowCount), bodyByteCount: body.byteCount, to: &bytes)
        body.append(to: &bytes)
    }

    /// Appends a dictionary, which takes the place of the one of this id before it.
    static func appendDictionary(id: Int64, _ body: ArrowBody, count: Int, to bytes: inout [UInt8]) {
        let table = FlatTable((0, .int64(id)), (1, .table(recordBatch(body, rowCount: count))))
        append(.dictionaryBatch, table, bodyByteCount: body.byteCount, to: &bytes)
        body.append(to: &bytes)
    }

    private static func recordBatch(_ body: ArrowBody, rowCount: Int) -> FlatTable {
        FlatTable((0, .int64(Int64(rowCount))), (1, .pairs(body.nodes)), (2, .pairs(body.places)))
    }

    private static func append(_ header: Header, _ table: FlatTable, bodyByteCount: Int, to bytes: inout [UInt8]) {
        let message = FlatTable(
            (0, .int16(metadataVersion5)),
            (1, .byte(header.rawValue)),
            (2, .table(table)),
            (3, .int64(Int64(bodyByteCount)))
        )
        var metadata = message.encoded()
        while metadata.count % metadataAlignment != 0 { metadata.append(0) }
        bytes.append(contentsOf: repeatElement(0xFF, count: 4))
        withUnsafeBytes(of: UInt32(metadata.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: metadata)
    }
}
