internal import Columnar

/// The first 37,024 bytes of a year file, little-endian.
///
///     @0      version i64, 2                @288    number of columns i64
///     @8      description [256]             @296    record length i64
///     @264    year i64                      @304    reserved i64
///     @272    timeframe i64, nanoseconds    @312    names [1024][32]
///     @280    record kind i64               @33080  types [1024]u8
///                                           @34104  reserved [365]i64
///
/// Slots follow: the one of index `i` begins at `37024 + (i - 1) * record length`. `Epoch` is none of the columns.
public struct YearFileHeader: Sendable, Hashable {
    /// Bytes of the header.
    public static let byteCount = 37_024
    /// Bytes at the header's end that nothing is written to: daily files put their first of January there.
    public static let reservedBytes = 365 * 8
    /// Years all of whose instants are nanoseconds that Int64 holds, in every time zone.
    static let years: ClosedRange<Int64> = 1678...2261
    private static let columnsMax = 1024
    private static let nameBytes = 32

    /// The calendar year, in the zone of the server that wrote the file.
    public let year: Int
    /// Nanoseconds of a slot.
    public let timeframe: Int64
    /// Whether a slot points to any number of rows, or is one.
    public let isVariable: Bool
    /// The columns, without `Epoch`.
    public let columns: [Bucket.Column]
    /// Bytes of a slot.
    public let recordLength: Int
    /// Bytes of a row's columns, packed.
    public let columnBytes: Int

    /// Bytes of one variable record: its columns and four of ticks.
    public var variableRowBytes: Int { columnBytes + 4 }

    /// Slots that the year has.
    public var slotCount: Int64 {
        let days = CivilTime.days(year: year + 1, month: 1, day: 1) - CivilTime.days(year: year, month: 1, day: 1)
        return Int64(days) * CivilTime.day / timeframe
    }

    /// Where the slot of an index begins; before the slots' area for the index 0 of daily files.
    public func offset(ofIndex index: Int64) -> Int64 { Int64(Self.byteCount) &+ (index &- 1) &* Int64(recordLength) }

    /// Where slots end and the payloads of variable files begin.
    public var slotsEnd: Int64 { offset(ofIndex: slotCount + 1) }

    /// Reads a header, the first ``byteCount`` bytes of a file.
    public init(_ bytes: UnsafeRawBufferPointer) throws(FileDamage) {
        guard bytes.count >= Self.byteCount else {
            throw FileDamage(Int64(bytes.count), "the file ends inside its header of \(Self.byteCount) bytes")
        }
        func word(_ offset: Int) -> Int64 { bytes.number(Int64.self, at: offset) ?? 0 }
        guard word(0) == 2 else { throw FileDamage(0, "version \(word(0)) is none that is known; 2 is") }
        guard Self.years.contains(word(264)) else { throw FileDamage(264, "the year is \(word(264))") }
        guard (CivilTime.second...366 * CivilTime.day).contains(word(272)) else {
            throw FileDamage(272, "the timeframe is \(word(272)) nanoseconds, not a second to a year")
        }
        guard word(280) == 0 || word(280) == 1 else {
            throw FileDamage(280, "the record kind is \(word(280)), neither 0 (fixed) nor 1 (variable)")
        }
        guard (0...Int64(Self.columnsMax)).contains(word(288)) else {
            throw FileDamage(288, "the number of columns is \(word(288)), not 0 to \(Self.columnsMax)")
        }
        var columns: [Bucket.Column] = []
        for index in 0..<Int(word(288)) {
            columns.append(try Self.column(index, of: bytes))
        }
        columnBytes = columns.reduce(0) { $0 + $1.type.size }
        year = Int(word(264))
        timeframe = word(272)
        isVariable = word(280) == 1
        self.columns = columns
        let expected = isVariable ? 24 : 8 + (columnBytes + 7) / 8 * 8
        guard word(296) == Int64(expected) else {
            throw FileDamage(296, "the record length is \(word(296)); that of these columns is \(expected)")
        }
        recordLength = expected
    }

    /// The header of a file that is not there yet; nil if there can be none.
    public init?(year: Int, timeframe: Int64, isVariable: Bool, columns: [Bucket.Column]) {
        guard Self.years.contains(Int64(year)), (CivilTime.second...366 * CivilTime.day).contains(timeframe),
            columns.count <= Self.columnsMax
        else { return nil }
        self.year = year
        self.timeframe = timeframe
        self.isVariable = isVariable
        self.columns = columns
        columnBytes = columns.reduce(0) { $0 + $1.type.size }
        recordLength = isVariable ? 24 : 8 + (columnBytes + 7) / 8 * 8
    }

    private static func column(_ index: Int, of bytes: UnsafeRawBufferPointer) throws(FileDamage) -> Bucket.Column {
        let nameAt = 312 + index * nameBytes
        let name = bytes[nameAt..<nameAt + nameBytes].prefix { $0 != 0 }
        guard !name.isEmpty, let text = String(validating: name, as: UTF8.self) else {
            throw FileDamage(Int64(nameAt), "column \(index + 1) has no name in UTF-8")
        }
        let typeAt = 33_080 + index
        guard let type = ElementType.wireType(bytes[typeAt]) else {
            throw FileDamage(Int64(typeAt), "column '\(text)' has type \(bytes[typeAt]), which rows cannot have")
        }
        return Bucket.Column(name: text, type: type)
    }
}
