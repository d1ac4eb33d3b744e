/// Count, Σx and Σx² of decimals of one scale, exact.
///
/// A row is taken if its mantissa at the common scale, the largest so far, fits in 64 bits; then nothing ever overflows:
/// Σx starts below 2^126 and 2^63 rows of 2^63 follow, Σx² starts below 2^190 and as many of 2^126 follow.
struct DecimalMoments: Sendable, Hashable {
    private(set) var count: Int64 = 0
    private var scale = 0
    private var sum: Int128 = 0
    private var squares = WideInteger()

    init() {}

    /// Whether no row was taken.
    var isEmpty: Bool { count == 0 && sum == 0 && squares == WideInteger() }

    /// Takes a row; false, and no change, if it does not fit.
    @inline(__always)
    mutating func add(_ mantissa: Int64, scale: Int) -> Bool {
        guard let value = aligned(mantissa, scale) else { return false }
        add(value)
        return true
    }

    /// Takes a row back; false, and no change, if it does not fit.
    mutating func subtract(_ mantissa: Int64, scale: Int) -> Bool {
        guard let value = aligned(mantissa, scale) else { return false }
        count &-= 1
        sum &-= Int128(value)
        squares -= Int128(value) &* Int128(value)
        return true
    }

    @inline(__always)
    private mutating func add(_ value: Int64) {
        count &+= 1
        sum &+= Int128(value)
        squares += Int128(value) &* Int128(value)
    }

    /// Takes rows of one scale; false, and no change, if they are to be taken one by one.
    mutating func add(_ values: UnsafeBufferPointer<Int64>, scale: Int) -> Bool {
        guard !values.isEmpty, raise(to: scale), scale == self.scale else { return false }
        var moments = self
        for value in values { moments.add(value) }
        self = moments
        return true
    }

    /// The mantissa at the common scale, which becomes that of the row if that is larger; nil if one of both does not fit.
    @inline(__always)
    private mutating func aligned(_ mantissa: Int64, _ scale: Int) -> Int64? {
        if scale == self.scale { return mantissa }
        guard raise(to: scale) else { return nil }
        return PowerOfTen.scaled(mantissa, by: self.scale &- scale)
    }

    /// Makes the scale at least `scale`; false, and no change, if a sum would not fit.
    private mutating func raise(to scale: Int) -> Bool {
        if scale <= self.scale { return true }
        let digits = scale &- self.scale
        guard let sum = PowerOfTen.scaled(sum, by: digits), let squares = squares.scaled(byPowerOfTen: 2 * digits)
        else { return false }
        self.sum = sum
        self.squares = squares
        self.scale = scale
        return true
    }

    /// Takes over the other's rows; false, and no change, if they do not fit.
    mutating func merge(_ other: DecimalMoments) -> Bool {
        var left = self
        var right = other
        guard left.raise(to: right.scale), right.raise(to: left.scale) else { return false }
        let (sum, overflow) = left.sum.addingReportingOverflow(right.sum)
        guard !overflow else { return false }
        left.sum = sum
        left.squares += right.squares
        left.count &+= right.count
        self = left
        return true
    }

    /// `n² × variance` of the whole rows, divided by `n × divisor`.
    func variance(divisor: Int64) -> Double {
        let centered = WideInteger.centered(count: count, products: squares, sum, sum)
        let power = PowerOfTen.double(scale)
        return centered / Double(count) / Double(divisor) / power / power
    }

    /// The sums as doubles.
    var sums: MomentSums {
        let power = DoubleDouble(PowerOfTen.double(scale))
        return MomentSums(
            origin: 0,
            count: count,
            sum: DoubleDouble(sum) / power,
            squares: squares.doubleDouble / power / power
        )
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(UInt8(truncatingIfNeeded: scale))
        writer.write(sum)
        squares.encode(into: &writer)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        scale = try reader.readScale()
        sum = try reader.read(Int128.self)
        squares = try WideInteger(from: &reader)
    }
}
