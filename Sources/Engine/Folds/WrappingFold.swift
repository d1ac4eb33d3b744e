public import Columnar
public import QueryLang

/// A fold that is another one under a name of its own: nothing but ``wrapped``, perhaps with another value at the end.
///
/// Folds that are generic over a direction have generic code behind their conformance; a plain type around each gives the
/// compiler a place for the specialised one. Measured: a maximum over 10 million rows takes a quarter of the time.
public protocol WrappingFold: MergeableFold, Hashable {
    /// The fold that does the work.
    associatedtype Wrapped: MergeableFold
    /// The fold that does the work.
    var wrapped: Wrapped { get set }
    /// Wraps a state.
    init(wrapped: Wrapped)
}

extension WrappingFold {
    /// The version of the wrapped state.
    public static var stateVersion: UInt8 { Wrapped.stateVersion }
    /// No row yet.
    public init() { self.init(wrapped: Wrapped()) }
    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        wrapped.update(arguments, rows: rows)
    }
    /// Takes runs of rows, each into the state of its group.
    public static func update(
        _ states: UnsafeMutablePointer<Self>,
        _ arguments: borrowing FoldArguments,
        runs: [FoldRun]
    ) {
        precondition(MemoryLayout<Self>.stride == MemoryLayout<Wrapped>.stride, "BUG: more than the wrapped fold")
        Wrapped.update(
            UnsafeMutableRawPointer(states).assumingMemoryBound(to: Wrapped.self),
            arguments,
            runs: runs
        )
    }
    /// Takes a slice from its statistics.
    public mutating func update(statistics: SliceStatistics) -> Bool { wrapped.update(statistics: statistics) }
    /// What the wrapped state holds.
    public var heldBytes: Int { wrapped.heldBytes }
    /// Takes over the other's rows.
    public mutating func merge(_ other: Self) { wrapped.merge(other.wrapped) }
    /// The value.
    public func finalize(output: Int) throws(QueryError) -> Scalar { try wrapped.finalize(output: output) }
    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) { wrapped.encode(into: &writer) }
    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        self.init(wrapped: try Wrapped(from: &reader))
    }
}

extension WrappingFold where Wrapped: WindowFold {
    /// Takes rows back.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        wrapped.evict(arguments, rows: rows)
    }
    /// Whether the wrapped sums should be built anew.
    public var isResummationDue: Bool { wrapped.isResummationDue }
}
