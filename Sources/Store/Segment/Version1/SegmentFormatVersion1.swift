import Columnar

/// The sizes of what differs in files of version 1 (docs/storage.md): they are read, never written.
enum SegmentFormatVersion1 {
    /// The number of the format.
    static let version: UInt32 = 1
    /// Length of the footer.
    static let footerBytes = 64
    /// What the metadata has for a series.
    static let seriesEntryBytes = 32
    /// What the metadata has for a column chunk.
    static let chunkEntryBytes = 64
}

/// How the values of a column chunk of version 1 lie.
enum ChunkEncodingVersion1: UInt8, Sendable {
    /// `base` in every row.
    case constant = 0
    /// `base + row * step`.
    case sequence = 1
    /// As in memory: 1, 4 or 8 bytes a row; text as offsets and bytes.
    case plain = 2
    /// `base + step * offset`, unsigned offsets of `width` bytes.
    case packed = 3
}

/// The metadata of one column chunk of version 1: 64 bytes.
struct ChunkEntryVersion1: Sendable {
    /// Where the chunk starts in the file.
    var offset: UInt64 = 0
    /// Its length.
    var byteCount: UInt32 = 0
    /// Its checksum.
    var checksum: UInt32 = 0
    /// What its values are.
    var kind: ChunkKind = .none
    /// How they lie.
    var encoding: ChunkEncodingVersion1 = .constant
    /// Digits after the point of decimals.
    var scale: UInt8 = 0
    /// Bytes of a packed offset.
    var width: UInt8 = 0
    /// Whether the chunk starts with a validity bitmap.
    var hasValidity = false
    /// Whether the smallest and largest value are known.
    var hasBounds = false
    /// Rows without a value.
    var nullCount: UInt32 = 0
    /// The base; of a constant its value.
    var base: Int64 = 0
    /// What an offset counts.
    var step: Int64 = 0
    /// Bits of the smallest value: an Int64, or a Double in a float64 chunk.
    var minimum: UInt64 = 0
    /// Bits of the largest value.
    var maximum: UInt64 = 0

    private static let validityFlag: UInt8 = 1
    private static let boundsFlag: UInt8 = 2

    /// Reads an entry.
    static func get(from reader: inout ByteReader) throws(MalformedBytes) -> ChunkEntryVersion1 {
        let start = reader.position
        var entry = ChunkEntryVersion1()
        entry.offset = try reader.get()
        entry.byteCount = try reader.get()
        entry.checksum = try reader.get()
        guard let kind = ChunkKind(rawValue: try reader.get()),
            let encoding = ChunkEncodingVersion1(rawValue: try reader.get())
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

    /// What is known of the values.
    func statistics(type: ColumnType, rowCount: Int, series: String) -> ColumnStatistics? {
        func scalar(_ bits: UInt64) -> Scalar? {
            switch kind {
            case .boolean: .boolean(bits != 0)
            case .int64: type == .timestamp ? .timestamp(Int64(bitPattern: bits)) : .int64(Int64(bitPattern: bits))
            case .float64: .float64(Double(bitPattern: bits))
            case .scaledInteger: .float64(ScaledInteger.double(Int64(bitPattern: bits), scale: Int(scale)))
            case .none, .code, .text, .seriesKey: nil
            }
        }
        switch kind {
        case .none: return ColumnStatistics(nullCount: rowCount, min: nil, max: nil)
        case .seriesKey: return .constant(.text(series))
        case .code, .text: return nil
        case .boolean, .int64, .float64, .scaledInteger:
            return ColumnStatistics(
                nullCount: Int(nullCount),
                min: hasBounds ? scalar(minimum) : nil,
                max: hasBounds ? scalar(maximum) : nil
            )
        }
    }
}
