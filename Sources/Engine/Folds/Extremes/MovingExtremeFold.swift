public import Columnar
public import QueryLang

/// What kind of values a moving extreme is taken of.
public protocol MovingExtremeKind: Sendable {
    /// The values.
    associatedtype Value: Comparable & Sendable & Hashable
    /// The value of a row that has one.
    static func value(_ arguments: borrowing FoldArguments, _ row: Int) -> Value?
    /// The value as a result.
    static func scalar(_ value: Value) -> Scalar
    /// The value of a result.
    static func value(_ scalar: Scalar) -> Value?
}

/// Doubles and decimals.
public enum NumberKind: MovingExtremeKind {
    /// The nearest double.
    public static func value(_ arguments: borrowing FoldArguments, _ row: Int) -> Double? {
        arguments.first?.double(row)
    }
    /// A float64.
    public static func scalar(_ value: Double) -> Scalar { .float64(value) }
    /// A float64.
    public static func value(_ scalar: Scalar) -> Double? { scalar.double }
}

/// Integers and timestamps.
public enum IntegerKind: MovingExtremeKind {
    /// The integer.
    public static func value(_ arguments: borrowing FoldArguments, _ row: Int) -> Int64? {
        arguments.first?.mantissa(row)?.value
    }
    /// An int64.
    public static func scalar(_ value: Int64) -> Scalar { .int64(value) }
    /// An int64.
    public static func value(_ scalar: Scalar) -> Int64? { scalar.int64 }
}

/// Text and truth values.
public enum ScalarKind: MovingExtremeKind {
    /// A value in its order.
    public struct Ordered: Comparable, Sendable, Hashable {
        let scalar: Scalar

        /// Whether left comes before right.
        public static func < (left: Ordered, right: Ordered) -> Bool { ScalarOrder.isLess(left.scalar, right.scalar) }
    }
    /// The value.
    public static func value(_ arguments: borrowing FoldArguments, _ row: Int) -> Ordered? {
        Ordered(scalar: arguments.firstScalar(at: row))
    }
    /// The value.
    public static func scalar(_ value: Ordered) -> Scalar { value.scalar }
    /// The value.
    public static func value(_ scalar: Scalar) -> Ordered? { Ordered(scalar: scalar) }
}

/// `min(x)` or `max(x)` over a window that moves: the companion of ``ExtremeFold``, ``IntegerExtremeFold`` and
/// ``ScalarExtremeFold``, which cannot give rows back. NaN is passed over.
public struct MovingExtremeFold<Direction: ExtremeDirection, Kind: MovingExtremeKind>: WindowFold, Hashable {
    /// Version 1: the queue.
    public static var stateVersion: UInt8 { 1 }
    private var queue = MonotonicQueue<Kind.Value, Direction>()

    /// No row yet.
    public init() {}

    /// The extreme; nil if there is none.
    public var value: Kind.Value? { queue.extreme }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        for row in rows where argument.isValid(row) { queue.append(Kind.value(arguments, row)) }
    }

    /// Takes the oldest rows back.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        for row in rows where argument.isValid(row) { queue.removeFirst() }
    }

    /// Never: nothing is summed.
    public var isResummationDue: Bool { false }

    /// The extreme; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map(Kind.scalar) ?? .null }

    /// Bytes of the rows that may yet be the extreme.
    public var heldBytes: Int { queue.byteCount }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        queue.encode(into: &writer) { writer, value in writer.write(Kind.scalar(value)) }
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        queue = try MonotonicQueue(from: &reader) { reader throws(FoldStateError) in
            guard let value = Kind.value(try reader.readScalar()) else { throw .malformed }
            return value
        }
    }
}
