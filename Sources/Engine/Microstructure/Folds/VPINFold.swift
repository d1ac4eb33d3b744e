public import Columnar
import Market
public import QueryLang

/// `vpin(side, size, bucket_volume, [buckets])`: the mean of |bought − sold| / volume over buckets of equal volume, of which
/// a trade may fill several (Easley, López de Prado, O'Hara 2012); over the last `buckets` of them, or all.
///
/// Where one bucket ends depends on all trades before it, so trades are held until the end. Sizes are decimals: of a double
/// the shortest that reads back as it.
public struct VPINFold: MergeableFold, Hashable {
    /// Version 1: bucket volume, buckets, flag, scale, mantissas with the sign of who took.
    public static let stateVersion: UInt8 = 1
    private var constants = BucketArguments()
    private var trades = VolumeBuckets()

    /// No trade yet.
    public init() {}

    /// Takes rows in which side and size have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let side = arguments.firstVector, let size = arguments.second, let volume = arguments.third, !size.isNull
        else { return }
        let sides = TakerSides(side)
        for row in rows where size.isValid(row) {
            let sign = sides[row]
            guard sign != 0 else { continue }
            constants.take(volume, arguments.fourth, row)
            _ = trades.take(ExactDecimal.decimal(size, row), isSold: sign < 0)
        }
    }

    /// Takes over the other's trades, which come after.
    public mutating func merge(_ other: Self) {
        constants.merge(other.constants)
        trades.merge(other.trades)
    }

    /// The mean over whole buckets; null if there is none, an error if the volume is not above 0.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        guard let (volume, count) = try constants.checked("vpin", "side, size") else { return .null }
        guard !trades.isInexact else { return .float64(.nan) }
        var imbalances: [Double] = []
        try trades.forEachFull(volume, "vpin") { bought, volume, _ in
            imbalances.append(abs(Double(2 &* bought &- Int128(volume))) / Double(volume))
        }
        let kept = imbalances.suffix(count)
        return kept.isEmpty ? .null : .float64(kept.reduce(0, +) / Double(kept.count))
    }

    /// Bytes of the trades.
    public var heldBytes: Int { trades.heldBytes }

    /// Writes constants and trades.
    public func encode(into writer: inout FoldStateWriter) {
        constants.encode(into: &writer)
        trades.encode(into: &writer)
    }

    /// Reads constants and trades.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        constants = try BucketArguments(from: &reader)
        trades = try VolumeBuckets(from: &reader)
    }
}
