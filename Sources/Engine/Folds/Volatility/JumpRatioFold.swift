public import Columnar
public import QueryLang

/// `jump_ratio(price)`: the share of the realized variance that jumps make up, max(0, 1 - BV / RV) (Barndorff-Nielsen and
/// Shephard 2004). Null with fewer than two returns, and if no price moved.
public struct JumpRatioFold: MergeableFold, Hashable {
    /// Version 2: bipower variation, squares.
    public static let stateVersion: UInt8 = 2
    private var bipower = ReturnFold<BipowerVariation>()
    /// Σ r².
    private var squares = PreciseSum()

    /// No price yet.
    public init() {}

    /// The share; nil if there is none.
    public var value: Double? {
        guard let bipower = bipower.value else { return nil }
        let realized = squares.value.double
        if bipower.isNaN { return .nan }
        return realized == 0 ? nil : max(0, 1 - bipower / realized)
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        var squares = squares
        bipower.update(arguments, rows) { returns, count in
            for index in 0..<count { squares.add(returns[index] * returns[index]) }
        }
        self.squares = squares
    }

    /// Goes on with the other's prices.
    public mutating func merge(_ other: Self) {
        if let seam = bipower.join(other.bipower) { squares.add(seam * seam) }
        squares.add(other.squares.value)
    }

    /// The share; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        bipower.encode(into: &writer)
        squares.encode(into: &writer)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        bipower = try ReturnFold(from: &reader)
        squares = try PreciseSum(from: &reader)
    }
}
