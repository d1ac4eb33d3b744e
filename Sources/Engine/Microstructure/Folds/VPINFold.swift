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
    private var bucketVolume: Double?
    private var buckets: Double?
    /// Whether a size was no decimal, or had too many digits.
    private var isInexact = false
    private var scale = 0
    private var signed: [Int64] = []

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
            if bucketVolume == nil {
                bucketVolume = volume.isNull || !volume.isValid(row) ? .nan : volume.double(row)
                buckets = arguments.fourth.flatMap { $0.isNull || !$0.isValid(row) ? nil : $0.double(row) }
            }
            let decimal = size.mantissa(row).map { Decimal(mantissa: $0.value, scale: min($0.scale, Decimal.scaleMax)) }
            take(decimal ?? ExactDecimal.decimal(size.double(row)), sign)
        }
    }

    private mutating func take(_ size: Decimal?, _ sign: Int8) {
        guard let size, size.mantissa >= 0 else {
            isInexact = true
            return
        }
        if size.scale > scale { raise(to: size.scale) }
        guard let raised = try? size.rescaled(to: scale) else {
            isInexact = true
            return
        }
        if raised.mantissa > 0 { signed.append(sign > 0 ? raised.mantissa : -raised.mantissa) }
    }

    private mutating func raise(to newScale: Int) {
        guard let factor = ExactDecimal.power(newScale - scale) else { return isInexact = true }
        scale = newScale
        for index in signed.indices {
            let (product, overflow) = signed[index].multipliedReportingOverflow(by: factor)
            if overflow { isInexact = true }
            signed[index] = overflow ? 0 : product
        }
    }

    /// Takes over the other's trades, which come after.
    public mutating func merge(_ other: Self) {
        bucketVolume = bucketVolume ?? other.bucketVolume
        buckets = buckets ?? other.buckets
        isInexact = isInexact || other.isInexact
        var other = other
        if other.scale > scale { raise(to: other.scale) }
        if other.scale < scale { other.raise(to: scale) }
        isInexact = isInexact || other.isInexact
        signed += other.signed
    }

    /// The mean over whole buckets; null if there is none, an error if the volume is not above 0.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        guard let bucketVolume else { return .null }
        guard bucketVolume > 0, bucketVolume.isFinite else {
            throw QueryError(
                .semantic,
                "vpin() takes a volume above 0 for its buckets, not \(bucketVolume)",
                hint: "it is vpin(side, size, bucket_volume, [buckets]), for example vpin(side, size, 5, 50)"
            )
        }
        if let buckets, !(buckets >= 1) {
            throw QueryError(
                .semantic,
                "vpin() takes a number of buckets of 1 or more, not \(buckets)",
                hint: "it is vpin(side, size, bucket_volume, [buckets]), for example vpin(side, size, 5, 50)"
            )
        }
        guard !isInexact else { return .float64(.nan) }
        let imbalances = try imbalances(bucketVolume)
        let kept = imbalances.suffix(buckets.map { Int(min($0, 1e9)) } ?? imbalances.count)
        return kept.isEmpty ? .null : .float64(kept.reduce(0, +) / Double(kept.count))
    }

    /// |bought − sold| / volume of every whole bucket.
    private func imbalances(_ bucketVolume: Double) throws(QueryError) -> [Double] {
        let places = ExactDecimal.decimal(bucketVolume)
        let digits = max(scale, places?.scale ?? 0)
        guard let volume = try? places?.rescaled(to: digits).mantissa, let factor = ExactDecimal.power(digits - scale)
        else {
            throw QueryError(.semantic, "vpin() cannot count sizes of \(scale) decimals in buckets of \(bucketVolume)")
        }
        var found: [Double] = []
        var (bought, rest) = (Int128(0), Int128(volume))
        for trade in signed {
            var size = Int128(trade.magnitude) &* Int128(factor)
            while size >= rest {
                if trade > 0 { bought &+= rest }
                size &-= rest
                found.append(abs(Double(2 &* bought &- Int128(volume))) / Double(volume))
                (bought, rest) = (0, Int128(volume))
                // A trade much larger than a bucket: all further buckets are of one side.
                if found.count >= Self.bucketsMax { throw Self.tooMany }
            }
            if trade > 0 { bought &+= size }
            rest &-= size
        }
        return found
    }

    private static let bucketsMax = 10_000_000

    private static var tooMany: QueryError {
        QueryError(
            .limit,
            "vpin() fills more than \(bucketsMax) buckets",
            hint: "give a larger volume for a bucket"
        )
    }

    /// Bytes of the trades.
    public var heldBytes: Int { signed.capacity * MemoryLayout<Int64>.stride }

    /// Writes constants and trades.
    public func encode(into writer: inout FoldStateWriter) {
        for number in [bucketVolume, buckets] {
            writer.write(number != nil)
            writer.write(number ?? 0)
        }
        writer.write(isInexact)
        writer.write(Int64(scale))
        writer.write(Int64(signed.count))
        for trade in signed { writer.write(trade) }
    }

    /// Reads constants and trades.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let hasVolume = try reader.readBool()
        let volume = try reader.readDouble()
        let hasBuckets = try reader.readBool()
        let count = try reader.readDouble()
        bucketVolume = hasVolume ? volume : nil
        buckets = hasBuckets ? count : nil
        isInexact = try reader.readBool()
        let digits = try reader.readInt64()
        guard digits >= 0, digits <= Int64(Decimal.scaleMax) else { throw .malformed }
        scale = Int(digits)
        var left = try reader.readInt64()
        while left > 0 {
            signed.append(try reader.readInt64())
            left -= 1
        }
    }
}
