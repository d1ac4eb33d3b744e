import Columnar

/// The WAL's bytes (docs/storage.md, "WAL").
///
/// A file is a header and records, each a multiple of 8 bytes. A record is one atomic batch.
enum WALFormat {
    static let magic: UInt64 = 0x314C_4157_4554_4754  // "TGTEWAL1" in the file
    static let version: UInt32 = 1
    static let fileHeaderBytes = 32

    static let recordMagic: UInt32 = 0x4452_4754  // "TGRD" in the file
    static let recordHeaderBytes = 32
    /// A record is built in memory and read as one; a bigger batch must be split by its writer.
    static let recordBytesMax = 64 << 20

    static func fileName(firstLSN: LSN) -> String {
        let digits = String(firstLSN)
        return "wal-" + String(repeating: "0", count: 20 - digits.count) + digits + ".log"
    }

    /// The first LSN out of a file's name; nil if it is no WAL file.
    static func firstLSN(ofFile name: String) -> LSN? {
        guard name.hasPrefix("wal-"), name.hasSuffix(".log") else { return nil }
        return LSN(name.dropFirst(4).dropLast(4))
    }

    static func putFileHeader(firstLSN: LSN, to writer: inout ByteWriter) {
        let start = writer.count
        writer.put(magic)
        writer.put(version)
        writer.put(UInt32(0))
        writer.put(firstLSN)
        writer.put(UInt64(0))
        writer.patch(writer.checksum(start + 16..<start + fileHeaderBytes), at: start + 12)
    }
}

/// What a record holds.
enum WALRecordKind: UInt8, Sendable {
    /// Rows of any number of series.
    case rows = 1
    /// A new table.
    case createTable = 2
    /// The store was opened; carries its generation.
    case start = 3
    /// A column at the end of a table.
    case addColumn = 4
    /// A table is gone, with all that was written to it.
    case dropTable = 5
    /// Rows are gone: of a table, of all or some series, in a time range.
    case dropRows = 6
    /// How long rows of a table are kept.
    case setTimeToLive = 7
    /// Stands for records that were lost, up to a number; written by a repair.
    case lost = 8
}

/// The first 32 bytes of a record.
struct WALRecordHeader: Sendable {
    /// Length of the record, header included.
    var byteCount: Int
    var kind: UInt8
    var version: UInt8
    var lsn: LSN
    /// Every record up to this one was on disk when this one was written. Tells damage (below it) from a torn tail.
    var durableLSN: LSN

    /// What is written. Version 1 had schemas without partition unit and dedup key.
    static let version: UInt8 = 2

    /// Reads a record's header and checks the whole record; nil if there is no whole record at `offset`.
    static func read(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> WALRecordHeader? {
        guard offset >= 0, bytes.count - offset >= WALFormat.recordHeaderBytes else { return nil }
        func load<Value: FixedWidthInteger & BitwiseCopyable>(_ at: Int, _ type: Value.Type) -> Value {
            Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + at, as: type))
        }
        guard load(0, UInt32.self) == WALFormat.recordMagic else { return nil }
        let byteCount = Int(load(8, UInt32.self))
        guard byteCount >= WALFormat.recordHeaderBytes, byteCount <= bytes.count - offset, byteCount % 8 == 0,
            Checksum.crc32c(UnsafeRawBufferPointer(rebasing: bytes[offset + 8..<offset + byteCount]))
                == load(4, UInt32.self)
        else { return nil }
        return WALRecordHeader(
            byteCount: byteCount,
            kind: load(12, UInt8.self),
            version: load(13, UInt8.self),
            lsn: load(16, UInt64.self),
            durableLSN: load(24, UInt64.self)
        )
    }

    /// Starts a record; ``finish(recordAt:in:)`` completes it.
    static func begin(_ kind: WALRecordKind, lsn: LSN, durableLSN: LSN, in writer: inout ByteWriter) -> Int {
        let start = writer.count
        writer.put(WALFormat.recordMagic)
        writer.put(UInt32(0))
        writer.put(UInt32(0))
        writer.put(kind.rawValue)
        writer.put(version)
        writer.put(UInt16(0))
        writer.put(lsn)
        writer.put(durableLSN)
        return start
    }

    /// Pads the record that began at `start` and puts its length and checksum in.
    static func finish(recordAt start: Int, in writer: inout ByteWriter) {
        writer.pad()
        writer.patch(UInt32(writer.count - start), at: start + 8)
        writer.patch(writer.checksum(start + 8..<writer.count), at: start + 4)
    }
}
