public import Columnar
public import QueryLang

/// The state machine of an aggregate: the one definition behind queries over history and live features.
///
/// A fold is a plain value. Every fold also has a typed step that takes one row (for example
/// ``VWAPFold/update(price:size:)``); ``update(_:rows:)`` over a slice is the same arithmetic, so a fold that saw rows one
/// by one and a fold that saw them in slices of any size are bit-identical.
///
/// Rules that all folds share: null rows are skipped; NaN is a value, which only smallest and largest pass over.
public protocol Fold: Sendable {
    /// The version of the encoded state; decoding another one fails.
    static var stateVersion: UInt8 { get }
    /// How many values ``finalize(output:)`` gives.
    static var outputCount: Int { get }

    /// The state before any row.
    init()
    /// Takes rows of a slice, in their order.
    mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>)
    /// Takes runs of rows, none empty, each into the state of its group: what a grouped query calls once a batch, so that the loop over
    /// groups is compiled for the type at hand.
    static func update(_ states: UnsafeMutablePointer<Self>, _ arguments: borrowing FoldArguments, runs: [FoldRun])
    /// Takes all rows of a slice from what is known about them; false (and no change) if that does not suffice.
    mutating func update(statistics: SliceStatistics) -> Bool
    /// Time has passed: no row before `watermark` will follow. Only folds over windows of time mind.
    mutating func advance(watermark: Int64)
    /// The value of the rows taken so far.
    func finalize(output: Int) throws(QueryError) -> Scalar
    /// Bytes that the state holds beside itself, which grow with the rows taken: so that whoever has many states can bound
    /// what they hold together. 0 for states of a fixed size.
    var heldBytes: Int { get }
    /// Writes the state.
    func encode(into writer: inout FoldStateWriter)
    /// Reads a state that ``encode(into:)`` wrote.
    init(from reader: inout FoldStateReader) throws(FoldStateError)
}

extension Fold {
    /// One value.
    public static var outputCount: Int { 1 }

    /// Takes runs of rows, each into the state of its group.
    public static func update(
        _ states: UnsafeMutablePointer<Self>,
        _ arguments: borrowing FoldArguments,
        runs: [FoldRun]
    ) {
        for run in runs { states[run.group].update(arguments, rows: run.rows) }
    }

    /// Forgets all rows.
    public mutating func initialize() { self = Self() }

    /// Does not suffice.
    public mutating func update(statistics: SliceStatistics) -> Bool { false }

    /// None.
    public var heldBytes: Int { 0 }

    /// Does nothing.
    public mutating func advance(watermark: Int64) {}

    /// The state as bytes, the version first.
    public func encodeState() -> [UInt8] {
        var writer = FoldStateWriter()
        writer.write(Self.stateVersion)
        encode(into: &writer)
        return writer.bytes
    }

    /// Replaces the state by one that ``encodeState()`` gave; throws, unchanged, if the bytes are not one.
    public mutating func decodeState(_ bytes: [UInt8]) throws(FoldStateError) {
        var reader = FoldStateReader(bytes)
        let version = try reader.readUInt8()
        guard version == Self.stateVersion else { throw .unknownVersion(version) }
        let decoded = try Self(from: &reader)
        guard reader.isAtEnd else { throw .malformed }
        self = decoded
    }
}

/// Rows of a slice, one after the other, that belong to one group.
public struct FoldRun: Sendable, Hashable {
    /// The number of the group.
    public var group: Int
    /// The rows.
    public var rows: Range<Int>

    /// Creates a run.
    public init(group: Int, rows: Range<Int>) {
        self.group = group
        self.rows = rows
    }
}

/// A fold whose states over two runs of rows can be joined into the state over both.
///
/// The static steps are loops over the groups of a query: requirements, so that they are compiled for the type at hand.
public protocol MergeableFold: Fold {
    /// Takes over the rows of `other`, which come after this fold's rows where order matters.
    mutating func merge(_ other: Self)
    /// Appends states before any row.
    static func append(_ count: Int, to states: inout [Self])
    /// Merges the state `others[i]` into `states[groups[i]]`, for all of them; a group without a state yet, which must be the
    /// next one, gets it as it is.
    static func merge(_ others: [Self], into states: inout [Self], groups: [Int])
    /// Writes the float64 values of the first states; a state whose value is null gets 0, and its index goes into `nulls`.
    static func finalize(
        _ states: UnsafePointer<Self>,
        count: Int,
        output: Int,
        into target: UnsafeMutablePointer<Double>,
        nulls: inout [Int]
    ) throws(QueryError)
    /// The same of int64 and timestamp values.
    static func finalize(
        _ states: UnsafePointer<Self>,
        count: Int,
        output: Int,
        into target: UnsafeMutablePointer<Int64>,
        nulls: inout [Int]
    ) throws(QueryError)
}

extension MergeableFold {
    /// Appends states before any row.
    public static func append(_ count: Int, to states: inout [Self]) {
        states.append(contentsOf: repeatElement(Self(), count: count))
    }

    /// Merges states one by one.
    public static func merge(_ others: [Self], into states: inout [Self], groups: [Int]) {
        for (other, group) in zip(others, groups) {
            if group < states.count { states[group].merge(other) } else { states.append(other) }
        }
    }

    /// Writes values one by one.
    public static func finalize(
        _ states: UnsafePointer<Self>,
        count: Int,
        output: Int,
        into target: UnsafeMutablePointer<Double>,
        nulls: inout [Int]
    ) throws(QueryError) {
        for index in 0..<count {
            if case .float64(let value) = try states[index].finalize(output: output) {
                target[index] = value
            } else {
                target[index] = 0
                nulls.append(index)
            }
        }
    }

    /// Writes values one by one.
    public static func finalize(
        _ states: UnsafePointer<Self>,
        count: Int,
        output: Int,
        into target: UnsafeMutablePointer<Int64>,
        nulls: inout [Int]
    ) throws(QueryError) {
        for index in 0..<count {
            if let value = try states[index].finalize(output: output).int64 {
                target[index] = value
            } else {
                target[index] = 0
                nulls.append(index)
            }
        }
    }
}
