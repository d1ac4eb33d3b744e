import Columnar

/// The bytes of a segment file (docs/storage.md, "Segment").
///
/// Header, column chunks and dictionaries each aligned to 8, the metadata as one run, the footer.
enum SegmentFormat {
    static let magic: UInt64 = 0x3147_4553_4554_4754  // "TGTESEG1" in the file
    static let version: UInt32 = 1
    static let headerBytes = 32
    static let footerBytes = 64
    static let dictionaryEntryBytes = 24
    static let seriesEntryBytes = 32
    static let groupEntryBytes = 32
    static let chunkEntryBytes = 64
    /// A row group's columns fit a core's second-level cache, and a count of them fits any check.
    static let groupRowsMax = 8192

    static func fileName(_ id: UInt64) -> String { "seg-\(id).seg" }

    /// The directory of a partition: the day as yyyy-mm-dd.
    static func dayName(_ day: Int32) -> String {
        String(CivilTime.text(startOfDay(Int64(day))).prefix(10))
    }

    /// The UTC day of a time.
    static func day(of time: Int64) -> Int64 { floorDivide(time, CivilTime.day) }

    /// All times of a day; the first and last days of Int64 are short.
    static func range(ofDay day: Int64) -> TimeRange {
        let (end, overflow) = (day + 1).multipliedReportingOverflow(by: CivilTime.day)
        return TimeRange(start: startOfDay(day), end: overflow ? .max : end)
    }

    private static func startOfDay(_ day: Int64) -> Int64 {
        let (start, overflow) = day.multipliedReportingOverflow(by: CivilTime.day)
        return overflow ? .min : start
    }

    static func putHeader(table: TableID, day: Int32, id: UInt64, to writer: inout ByteWriter) {
        writer.put(magic)
        writer.put(version)
        writer.put(table.rawValue)
        writer.put(day)
        writer.put(UInt32(0))
        writer.put(id)
    }
}

/// What the values of a column chunk are.
enum ChunkKind: UInt8, Sendable {
    /// No row has a value.
    case none = 0
    case boolean = 1
    case int64 = 2
    case float64 = 3
    case scaledInteger = 4
    case code = 5
    case text = 6
    /// The series' name in every row; nothing is stored.
    case seriesKey = 7
}

/// How the values of a column chunk lie.
enum ChunkEncoding: UInt8, Sendable {
    /// `base` in every row.
    case constant = 0
    /// `base + row * step`.
    case sequence = 1
    /// As in memory: 1, 4 or 8 bytes a row; text as offsets and bytes.
    case plain = 2
    /// `base + step * offset`, unsigned offsets of `width` bytes.
    case packed = 3
}

/// The metadata of one column chunk: 64 bytes.
struct ChunkEntry: Sendable {
    var offset: UInt64 = 0
    var byteCount: UInt32 = 0
    var checksum: UInt32 = 0
    var kind: ChunkKind = .none
    var encoding: ChunkEncoding = .constant
    var scale: UInt8 = 0
    var width: UInt8 = 0
    var hasValidity = false
    var hasBounds = false
    var nullCount: UInt32 = 0
    var base: Int64 = 0
    var step: Int64 = 0
    /// Bits of the smallest and largest value: an Int64, or a Double in a float64 chunk.
    var minimum: UInt64 = 0
    var maximum: UInt64 = 0

    private static let validityFlag: UInt8 = 1
    private static let boundsFlag: UInt8 = 2

    func put(to writer: inout ByteWriter) {
        writer.put(offset)
        writer.put(byteCount)
        writer.put(checksum)
        writer.put(kind.rawValue)
        writer.put(encoding.rawValue)
        writer.put(scale)
        writer.put(width)
        writer.put((hasValidity ? Self.validityFlag : 0) | (hasBounds ? Self.boundsFlag : 0))
        writer.put(UInt8(0))
        writer.put(UInt16(0))
        writer.put(nullCount)
        writer.put(UInt32(0))
        writer.put(base)
        writer.put(step)
        writer.put(minimum)
        writer.put(maximum)
    }

    static func get(from reader: inout ByteReader) throws(MalformedBytes) -> ChunkEntry {
        let start = reader.position
        var entry = ChunkEntry()
        entry.offset = try reader.get()
        entry.byteCount = try reader.get()
        entry.checksum = try reader.get()
        guard let kind = ChunkKind(rawValue: try reader.get()), let encoding = ChunkEncoding(rawValue: try reader.get())
        else { throw MalformedBytes(offset: start + 16, expected: "a known kind and encoding") }
        entry.kind = kind
        entry.encoding = encoding
        entry.scale = try reader.get()
        entry.width = try reader.get()
        let flags = try reader.get(UInt8.self)
        entry.hasValidity = flags & validityFlag != 0
        entry.hasBounds = flags & boundsFlag != 0
        _ = try reader.raw(3)
        entry.nullCount = try reader.get()
        _ = try reader.raw(4)
        entry.base = try reader.get()
        entry.step = try reader.get()
        entry.minimum = try reader.get()
        entry.maximum = try reader.get()
        guard Int(entry.scale) <= ScaledInteger.scaleMax else {
            throw MalformedBytes(offset: start + 18, expected: "a scale of at most \(ScaledInteger.scaleMax)")
        }
        return entry
    }
}
