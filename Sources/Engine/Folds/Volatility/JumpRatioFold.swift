public import Columnar
public import QueryLang

/// `jump_ratio(price)`: the share of the realized variance that jumps make up, max(0, 1 - BV / RV) (Barndorff-Nielsen and
/// Shephard 2004). Null with fewer than two returns, and if no price moved.
public struct JumpRatioFold: MergeableFold, Hashable {
    /// Version 1: both variations.
    public static let stateVersion: UInt8 = 1
    private var realized = ReturnFold<RealizedVariance>()
    private var bipower = ReturnFold<BipowerVariation>()

    /// No price yet.
    public init() {}

    /// The share; nil if there is none.
    public var value: Double? {
        guard let realized = realized.value, let bipower = bipower.value, realized != 0 else { return nil }
        let share = 1 - bipower / realized
        return share.isNaN ? share : max(0, share)
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        realized.update(arguments, rows: rows)
        bipower.update(arguments, rows: rows)
    }

    /// Goes on with the other's prices.
    public mutating func merge(_ other: Self) {
        realized.merge(other.realized)
        bipower.merge(other.bipower)
    }

    /// The share; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        realized.encode(into: &writer)
        bipower.encode(into: &writer)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        realized = try ReturnFold(from: &reader)
        bipower = try ReturnFold(from: &reader)
    }
}
