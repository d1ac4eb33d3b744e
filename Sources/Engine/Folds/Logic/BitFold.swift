public import Columnar
public import QueryLang

/// How the bits of integers are joined.
public protocol BitOperation: Sendable {
    /// What changes nothing.
    static var identity: Int64 { get }
    /// Both joined.
    static func apply(_ left: Int64, _ right: Int64) -> Int64
    /// Bits joined with all values: a loop that is compiled for the operation.
    static func apply(_ bits: Int64, _ values: UnsafeBufferPointer<Int64>) -> Int64
}

/// `bit_and(x)`: bits that all values have.
public enum BitAnd: BitOperation {
    /// All bits.
    public static var identity: Int64 { -1 }
    /// Bits of both.
    @inline(__always)
    public static func apply(_ left: Int64, _ right: Int64) -> Int64 { left & right }
    /// All joined.
    public static func apply(_ bits: Int64, _ values: UnsafeBufferPointer<Int64>) -> Int64 {
        values.reduce(bits) { $0 & $1 }
    }
}

/// `bit_or(x)`: bits that a value has.
public enum BitOr: BitOperation {
    /// No bit.
    public static var identity: Int64 { 0 }
    /// Bits of one.
    @inline(__always)
    public static func apply(_ left: Int64, _ right: Int64) -> Int64 { left | right }
    /// All joined.
    public static func apply(_ bits: Int64, _ values: UnsafeBufferPointer<Int64>) -> Int64 {
        values.reduce(bits) { $0 | $1 }
    }
}

/// `bit_xor(x)`: bits that an odd number of values have.
public enum BitXor: BitOperation {
    /// No bit.
    public static var identity: Int64 { 0 }
    /// Bits of just one.
    @inline(__always)
    public static func apply(_ left: Int64, _ right: Int64) -> Int64 { left ^ right }
    /// All joined.
    public static func apply(_ bits: Int64, _ values: UnsafeBufferPointer<Int64>) -> Int64 {
        values.reduce(bits) { $0 ^ $1 }
    }
}

/// A fold over the bits of integers, exact; null without values.
public struct BitFold<Operation: BitOperation>: MergeableFold, Hashable {
    /// Version 1: count, bits.
    public static var stateVersion: UInt8 { 1 }
    private var count: Int64 = 0
    private var bits = Operation.identity

    /// No value yet.
    public init() {}

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        var (count, bits) = (count, bits)
        if case (let base, 0)? = argument.plainMantissas {
            bits = Operation.apply(bits, UnsafeBufferPointer(start: base + rows.lowerBound, count: rows.count))
            count &+= Int64(rows.count)
        } else {
            for row in rows where argument.isValid(row) {
                guard case (let value, 0)? = argument.mantissa(row) else { continue }
                bits = Operation.apply(bits, value)
                count &+= 1
            }
        }
        (self.count, self.bits) = (count, bits)
    }

    /// Takes over the other's values.
    public mutating func merge(_ other: Self) {
        count &+= other.count
        bits = Operation.apply(bits, other.bits)
    }

    /// The bits; null without values.
    public func finalize(output: Int) throws(QueryError) -> Scalar { count == 0 ? .null : .int64(bits) }

    /// Writes count and bits.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(bits)
    }

    /// Reads count and bits.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        bits = try reader.readInt64()
    }
}
