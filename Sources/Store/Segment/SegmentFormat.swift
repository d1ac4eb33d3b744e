import Columnar

/// The bytes of a segment file, version 3 (docs/segment-format.md).
///
/// Header, column chunks and dictionaries each aligned to 8, the metadata as one run, the footer. Files of version 2, which
/// lack two encodings, and of version 1 (``SegmentFormatVersion1``) are read, not written.
enum SegmentFormat {
    /// The mark at the start and the end.
    static let magic: UInt64 = 0x3147_4553_4554_4754  // "TGTESEG1" in the file
    /// The number of the format.
    static let version: UInt32 = 3
    /// The versions whose files are laid out like this.
    static let versionsAlike: ClosedRange<UInt32> = 2...version
    /// Length of the header.
    static let headerBytes = 32
    /// Length of the footer.
    static let footerBytes = 88
    /// The end of the footer of any version: version, checksum of what is before it, mark.
    static let footerTailBytes = 16
    /// What the metadata has for a column.
    static let dictionaryEntryBytes = 24
    /// What the metadata has for a series.
    static let seriesEntryBytes = 48
    /// What the metadata has for a row group.
    static let groupEntryBytes = 32
    /// What the metadata has for a column chunk.
    static let chunkEntryBytes = 72
    /// A row group's columns fit a core's second-level cache, and a count of them fits any check.
    static let groupRowsMax = 8192
    /// A series with fewer rows in a segment shares a row group with others: 100,000 quiet series cost an index entry
    /// each, not a row group. From here on a group of its own costs less than 5 % more.
    static let packedRowsMax = 1024
    /// In the place of a column or series number: there is none.
    static let none = UInt32.max
    /// Flag of a row group that holds the rows of several series.
    static let packedFlag: UInt32 = 1

    /// The name of a segment's file.
    static func fileName(_ id: UInt64) -> String { "seg-\(id).seg" }

    /// Writes the header.
    static func putHeader(table: TableID, partition: Int32, id: UInt64, to writer: inout ByteWriter) {
        writer.put(magic)
        writer.put(version)
        writer.put(table.rawValue)
        writer.put(partition)
        writer.put(UInt32(0))
        writer.put(id)
    }
}

/// What the values of a column chunk are.
enum ChunkKind: UInt8, Sendable {
    /// No row has a value.
    case none = 0
    /// Truth values.
    case boolean = 1
    /// Integers or timestamps.
    case int64 = 2
    /// Doubles.
    case float64 = 3
    /// Decimals: mantissas of the chunk's scale.
    case scaledInteger = 4
    /// Codes of the column's dictionary.
    case code = 5
    /// Texts.
    case text = 6
    /// The series' name in every row; nothing is stored. Version 1 only.
    case seriesKey = 7
}

/// How the values of a column chunk lie.
enum ChunkEncoding: UInt8, Sendable {
    /// One integer stream: of values, mantissas, codes, or bits of doubles.
    case integers = 0
    /// Doubles, split into bytes of equal weight, compressed with LZ4.
    case shuffled = 1
    /// Doubles as an integer stream of mantissas, and those that are no decimals aside.
    case decimals = 2
    /// An integer stream of lengths, and the bytes.
    case text = 3
    /// Doubles that are floats, as an integer stream of the floats' bits. From version 3 on.
    case floats = 4
    /// Like decimals, but the quotient is rounded to a float. From version 3 on.
    case floatDecimals = 5
}

/// The metadata of one column chunk: where it lies, how, and what is known of its values. 72 bytes.
struct ChunkEntry: Sendable, Equatable {
    /// Where the chunk starts in the file.
    var offset: UInt64 = 0
    /// Its length.
    var byteCount: UInt32 = 0
    /// Its checksum.
    var checksum: UInt32 = 0
    /// What its values are.
    var kind: ChunkKind = .none
    /// How they lie.
    var encoding: ChunkEncoding = .integers
    /// Digits after the point of decimals.
    var scale: UInt8 = 0
    /// What is known of it.
    var facts: Facts = []
    /// Rows without a value.
    var nullCount: UInt32 = 0
    /// Bits of the smallest value: an Int64, or a Double in a float64 chunk.
    var minimum: UInt64 = 0
    /// Bits of the largest value.
    var maximum: UInt64 = 0
    /// The sum: an Int128 from low to high, or the two doubles of a double-double.
    var sumLow: UInt64 = 0
    /// The other half of the sum.
    var sumHigh: UInt64 = 0
    /// Bits of the value of the first row.
    var first: UInt64 = 0
    /// Bits of the value of the last row.
    var last: UInt64 = 0

    /// What the chunk has, and which of its statistics hold.
    struct Facts: OptionSet, Sendable, Hashable {
        let rawValue: UInt8
        /// The chunk starts with a validity bitmap.
        static let validity = Facts(rawValue: 1)
        /// `minimum` and `maximum` are known.
        static let bounds = Facts(rawValue: 2)
        /// `sumLow` and `sumHigh` are known.
        static let sum = Facts(rawValue: 4)
        /// The first row has a value, `first`.
        static let first = Facts(rawValue: 8)
        /// The last row has a value, `last`.
        static let last = Facts(rawValue: 16)
        /// ``first`` and ``last`` tell the truth; else nothing is known of those rows.
        static let ends = Facts(rawValue: 32)
    }

    /// Writes the entry.
    func put(to writer: inout ByteWriter) {
        writer.put(offset)
        writer.put(byteCount)
        writer.put(checksum)
        writer.put(kind.rawValue)
        writer.put(encoding.rawValue)
        writer.put(scale)
        writer.put(facts.rawValue)
        writer.put(nullCount)
        for value in [minimum, maximum, sumLow, sumHigh, first, last] { writer.put(value) }
    }

    /// Reads an entry.
    static func get(from reader: inout ByteReader) throws(MalformedBytes) -> ChunkEntry {
        let start = reader.position
        // Its length is checked once: few rows are read in little more time than their entries.
        let bytes = try reader.raw(SegmentFormat.chunkEntryBytes)
        func get<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Value {
            Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
        }
        var entry = ChunkEntry()
        entry.offset = get(0)
        entry.byteCount = get(8)
        entry.checksum = get(12)
        guard let kind = ChunkKind(rawValue: get(16)), let encoding = ChunkEncoding(rawValue: get(17)) else {
            throw MalformedBytes(offset: start + 16, expected: "a known kind and encoding")
        }
        entry.kind = kind
        entry.encoding = encoding
        entry.scale = get(18)
        entry.facts = Facts(rawValue: get(19))
        entry.nullCount = get(20)
        entry.minimum = get(24)
        entry.maximum = get(32)
        entry.sumLow = get(40)
        entry.sumHigh = get(48)
        entry.first = get(56)
        entry.last = get(64)
        guard Int(entry.scale) <= ScaledInteger.scaleMax else {
            throw MalformedBytes(offset: start + 18, expected: "a scale of at most \(ScaledInteger.scaleMax)")
        }
        return entry
    }
}
