public import Columnar
public import QueryLang

/// What is made of how many truth values are true and how many false.
public protocol TruthKind: Sendable {
    /// The value.
    static func value(trues: Int64, falses: Int64) -> Scalar
}

/// `bool_and(x)`, `every(x)`: whether no value is false; null without values.
public enum EveryTruth: TruthKind {
    /// Whether none is false.
    public static func value(trues: Int64, falses: Int64) -> Scalar {
        trues &+ falses == 0 ? .null : .boolean(falses == 0)
    }
}

/// `bool_or(x)`, `any(x)`: whether a value is true; null without values.
public enum AnyTruth: TruthKind {
    /// Whether one is true.
    public static func value(trues: Int64, falses: Int64) -> Scalar {
        trues &+ falses == 0 ? .null : .boolean(trues > 0)
    }
}

/// `count_if(x)`: how many values are true; 0 without values.
public enum CountIf: TruthKind {
    /// How many are true.
    public static func value(trues: Int64, falses: Int64) -> Scalar { .int64(trues) }
}

/// A fold over truth values, exact. Counts, so that it takes rows back.
public struct TruthFold<Kind: TruthKind>: MergeableFold, WindowFold, Hashable {
    /// Version 1: both counts.
    public static var stateVersion: UInt8 { 1 }
    private var trues: Int64 = 0
    private var falses: Int64 = 0

    /// No value yet.
    public init() {}

    private static func counts(_ arguments: borrowing FoldArguments, _ rows: Range<Int>) -> (trues: Int64, all: Int64) {
        guard let argument = arguments.first, !argument.isNull, let vector = arguments.firstVector else {
            return (0, 0)
        }
        let all = argument.validity.map { Int64($0.count(in: rows)) } ?? Int64(rows.count)
        var trues: Int64 = 0
        switch vector.form {
        case .boolean(let values):
            let base = values.base
            if argument.validity == nil {
                for row in rows { trues &+= base[row] == 0 ? 0 : 1 }
            } else {
                for row in rows where argument.isValid(row) { trues &+= base[row] == 0 ? 0 : 1 }
            }
        case .constant(.boolean(let value), _): trues = value ? all : 0
        default: return (0, 0)
        }
        return (trues, all)
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        let (trues, all) = Self.counts(arguments, rows)
        self.trues &+= trues
        falses &+= all &- trues
    }

    /// Takes rows back.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        let (trues, all) = Self.counts(arguments, rows)
        self.trues &-= trues
        falses &-= all &- trues
    }

    /// Never.
    public var isResummationDue: Bool { false }

    /// Takes over the other's values.
    public mutating func merge(_ other: Self) {
        trues &+= other.trues
        falses &+= other.falses
    }

    /// The value.
    public func finalize(output: Int) throws(QueryError) -> Scalar { Kind.value(trues: trues, falses: falses) }

    /// Writes both counts.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(trues)
        writer.write(falses)
    }

    /// Reads both counts.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        trues = try reader.readInt64()
        falses = try reader.readInt64()
    }
}
