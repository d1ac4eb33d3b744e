import Columnar
import Market
import QueryLang

/// Trades held as decimals of one scale, in their order, to be filled into buckets of equal volume: where one bucket ends
/// depends on all trades before it.
struct VolumeBuckets: Sendable, Hashable {
    /// Buckets at most: a trade may be much larger than a bucket.
    static let bucketsMax = 10_000_000

    /// Whether a size was no decimal, or had too many digits.
    private(set) var isInexact = false
    private var scale = 0
    /// Sizes, negative where a seller took.
    private var signed: [Int64] = []

    init() {}

    /// Holds a trade; false if there is nothing of it to hold.
    mutating func take(_ size: Decimal?, isSold: Bool) -> Bool {
        guard let size, size.mantissa >= 0 else {
            isInexact = true
            return false
        }
        if size.scale > scale { raise(to: size.scale) }
        guard let raised = try? size.rescaled(to: scale) else {
            isInexact = true
            return false
        }
        guard raised.mantissa > 0 else { return false }
        signed.append(isSold ? -raised.mantissa : raised.mantissa)
        return true
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
    mutating func merge(_ other: VolumeBuckets) {
        isInexact = isInexact || other.isInexact
        var other = other
        if other.scale > scale { raise(to: other.scale) }
        if other.scale < scale { other.raise(to: scale) }
        isInexact = isInexact || other.isInexact
        signed += other.signed
    }

    /// Calls `body` for every bucket that is full, with the volume that was bought in it, that of a bucket, and the trade that
    /// filled it. A trade is split where a bucket ends.
    func forEachFull(
        _ bucketVolume: Double,
        _ function: String,
        _ body: (_ bought: Int128, _ volume: Int64, _ trade: Int) -> Void
    ) throws(QueryError) {
        let places = ExactDecimal.decimal(bucketVolume)
        let digits = max(scale, places?.scale ?? 0)
        guard let volume = try? places?.rescaled(to: digits).mantissa, let factor = ExactDecimal.power(digits - scale)
        else {
            throw QueryError(
                .semantic,
                "\(function)() cannot count sizes of \(scale) decimals in buckets of \(bucketVolume)"
            )
        }
        var count = 0
        var (bought, rest) = (Int128(0), Int128(volume))
        for (index, trade) in signed.enumerated() {
            var size = Int128(trade.magnitude) &* Int128(factor)
            while size >= rest {
                if trade > 0 { bought &+= rest }
                size &-= rest
                // All further buckets of a trade much larger than one are of its side.
                count += 1
                guard count <= Self.bucketsMax else { throw Self.tooMany(function) }
                body(bought, volume, index)
                (bought, rest) = (0, Int128(volume))
            }
            if trade > 0 { bought &+= size }
            rest &-= size
        }
    }

    private static func tooMany(_ function: String) -> QueryError {
        QueryError(
            .limit,
            "\(function)() fills more than \(bucketsMax) buckets",
            hint: "give a larger volume for a bucket"
        )
    }

    /// Bytes of the trades.
    var heldBytes: Int { signed.capacity * MemoryLayout<Int64>.stride }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(isInexact)
        writer.write(Int64(scale))
        writer.write(Int64(signed.count))
        for trade in signed { writer.write(trade) }
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
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

/// What VPIN is told beside the trades.
struct BucketArguments: Sendable, Hashable {
    private var volume: Double?
    private var count: Double?

    init() {}

    /// Takes the constants of the first row that counts.
    mutating func take(_ volume: FoldArguments.Argument, _ count: FoldArguments.Argument?, _ row: Int) {
        guard self.volume == nil else { return }
        self.volume = volume.isNull || !volume.isValid(row) ? .nan : volume.double(row)
        self.count = count.flatMap { $0.isNull || !$0.isValid(row) ? nil : $0.double(row) }
    }

    mutating func merge(_ other: BucketArguments) {
        guard volume == nil else { return }
        self = other
    }

    /// The volume of a bucket, nil without trades, and how many buckets count at most; an error if one makes no sense.
    func checked(_ function: String, _ parameters: String) throws(QueryError) -> (volume: Double, count: Int)? {
        guard let volume else { return nil }
        let hint =
            "it is \(function)(\(parameters), bucket_volume, [buckets]), for example \(function)(\(parameters), 5, 50)"
        guard volume > 0, volume.isFinite else {
            throw QueryError(
                .semantic,
                "\(function)() takes a volume above 0 for its buckets, not \(volume)",
                hint: hint
            )
        }
        if let count, !(count >= 1) {
            throw QueryError(
                .semantic,
                "\(function)() takes a number of buckets of 1 or more, not \(count)",
                hint: hint
            )
        }
        return (volume, count.map { Int(min($0, 1e9)) } ?? .max)
    }

    func encode(into writer: inout FoldStateWriter) {
        for number in [volume, count] {
            writer.write(number != nil)
            writer.write(number ?? 0)
        }
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let hasVolume = try reader.readBool()
        let volume = try reader.readDouble()
        let hasCount = try reader.readBool()
        let count = try reader.readDouble()
        self.volume = hasVolume ? volume : nil
        self.count = hasCount ? count : nil
    }
}
