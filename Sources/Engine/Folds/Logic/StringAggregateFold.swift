public import Columnar
public import QueryLang

/// `string_agg(x, separator)`: the texts one after the other in the order of rows, with the separator of the first row between
/// them. Null without texts.
public struct StringAggregateFold: MergeableFold, Hashable {
    /// Version 1: count, separator, text.
    public static let stateVersion: UInt8 = 1
    /// UTF-8 bytes of an answer; a longer one is an error.
    public static let bytesMax = 1 << 24

    private var count: Int64 = 0
    private var separator: [UInt8] = []
    private var text: [UInt8] = []
    private var isTooLong = false

    /// No text yet.
    public init() {}

    /// Takes a text; the first separator counts.
    public mutating func update(_ text: String, separator: String) {
        if count == 0 { self.separator = Array(separator.utf8) }
        append(Array(text.utf8), count: 1)
    }

    private mutating func append(_ bytes: [UInt8], count number: Int64) {
        if !isTooLong {
            isTooLong = text.count + bytes.count + separator.count > Self.bytesMax
            if isTooLong {
                text = []
            } else {
                if count > 0 { text += separator }
                text += bytes
            }
        }
        count &+= number
    }

    /// Takes rows in which both arguments have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let text = arguments.first, let separator = arguments.second, !text.isNull, !separator.isNull else {
            return
        }
        for row in rows where text.isValid(row) && separator.isValid(row) {
            if count == 0, case .text(let value) = arguments.secondScalar(at: row) {
                self.separator = Array(value.utf8)
            }
            if case .text(let value) = arguments.firstScalar(at: row) { append(Array(value.utf8), count: 1) }
        }
    }

    /// Goes on with the other's texts.
    public mutating func merge(_ other: Self) {
        if other.count == 0 { return }
        if count == 0 {
            self = other
            return
        }
        append(other.text, count: other.count)
        if other.isTooLong {
            isTooLong = true
            text = []
        }
    }

    /// The text; null without texts, an error if it is too long.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        if isTooLong {
            throw QueryError(
                .limit,
                "string_agg() gives more than \(Self.bytesMax) bytes",
                hint: "narrow the time range or take smaller groups"
            )
        }
        return count == 0 ? .null : .text(String(decoding: text, as: UTF8.self))
    }

    /// Bytes of the text.
    public var heldBytes: Int { text.capacity }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(isTooLong)
        for bytes in [separator, text] { writer.write(String(decoding: bytes, as: UTF8.self)) }
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        isTooLong = try reader.readBool()
        separator = Array(try reader.readString().utf8)
        text = Array(try reader.readString().utf8)
        guard text.count <= Self.bytesMax else { throw .malformed }
    }
}
