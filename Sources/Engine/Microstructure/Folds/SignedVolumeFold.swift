public import Columnar
public import QueryLang

/// `signed_volume(side, size)`: what buyers took less what sellers took, exact for decimals. Rows that do not say who took
/// are skipped.
public struct SignedVolumeFold: MergeableFold, WindowFold, Hashable {
    /// Version 1: the volumes.
    public static let stateVersion: UInt8 = 1
    private var volumes = TakerVolumes()

    /// No trade yet.
    public init() {}

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) { volumes.add(arguments, rows) }

    /// Takes rows out.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        volumes.subtract(arguments, rows)
    }

    /// After so many doubles that were taken out.
    public var isResummationDue: Bool { volumes.isResummationDue }

    /// Takes over the other's trades.
    public mutating func merge(_ other: Self) { volumes.merge(other.volumes) }

    /// The volume; null without trades.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        volumes.count == 0 ? .null : .float64(volumes.signed.double)
    }

    /// Writes the volumes.
    public func encode(into writer: inout FoldStateWriter) { volumes.encode(into: &writer) }

    /// Reads the volumes.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) { volumes = try TakerVolumes(from: &reader) }
}

/// `trade_imbalance(side, size)`: what buyers took less what sellers took over what both took.
public struct TradeImbalanceFold: MergeableFold, WindowFold, Hashable {
    /// Version 1: the volumes.
    public static let stateVersion: UInt8 = 1
    private var volumes = TakerVolumes()

    /// No trade yet.
    public init() {}

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) { volumes.add(arguments, rows) }

    /// Takes rows out.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        volumes.subtract(arguments, rows)
    }

    /// After so many doubles that were taken out.
    public var isResummationDue: Bool { volumes.isResummationDue }

    /// Takes over the other's trades.
    public mutating func merge(_ other: Self) { volumes.merge(other.volumes) }

    /// From -1, sellers only, to 1, buyers only; null if nothing was taken.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        volumes.count == 0 || volumes.total.double == 0
            ? .null : .float64(volumes.signed.divided(by: volumes.total))
    }

    /// Writes the volumes.
    public func encode(into writer: inout FoldStateWriter) { volumes.encode(into: &writer) }

    /// Reads the volumes.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) { volumes = try TakerVolumes(from: &reader) }
}
