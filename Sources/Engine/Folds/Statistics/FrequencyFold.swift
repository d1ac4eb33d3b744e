public import Columnar
internal import Glibc
public import QueryLang

/// What is made of how often each value came.
public protocol FrequencyKind: Sendable {
    /// The value of at least one row.
    static func value(of frequencies: Frequencies) -> Scalar
}

/// How often each value came.
public struct Frequencies: Sendable {
    let table: FrequencyTable
}

/// `mode(x)`: the most frequent value, the smallest of several.
public enum Mode: FrequencyKind {
    /// The value.
    public static func value(of frequencies: Frequencies) -> Scalar { frequencies.table.mode }
}

/// `entropy(x)`: Shannon's, -Σ p log₂ p over the shares p of the different values, in bits.
public enum Entropy: FrequencyKind {
    /// The entropy.
    public static func value(of frequencies: Frequencies) -> Scalar { .float64(frequencies.table.entropy { log2($0) }) }
}

/// A fold over the frequencies of values of any type. All NaN are one value, and -0 is 0.
public struct FrequencyFold<Kind: FrequencyKind>: MergeableFold, Hashable {
    /// Version 1: type, values with their counts.
    public static var stateVersion: UInt8 { 1 }
    private var table = FrequencyTable()

    /// No value yet.
    public init() {}

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) { table.add(arguments, rows) }

    /// Takes over the other's values.
    public mutating func merge(_ other: Self) { table.merge(other.table) }

    /// The value; null without rows.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        table.total == 0 ? .null : Kind.value(of: Frequencies(table: table))
    }

    /// Bytes of the table.
    public var heldBytes: Int { table.byteCount }

    /// Writes the table.
    public func encode(into writer: inout FoldStateWriter) { table.encode(into: &writer) }

    /// Reads the table.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) { table = try FrequencyTable(from: &reader) }
}
