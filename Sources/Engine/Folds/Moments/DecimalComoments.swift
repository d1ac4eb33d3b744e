/// Count, Σx, Σy, Σx², Σy² and Σxy of pairs of decimals, exact; see ``DecimalMoments``.
struct DecimalComoments: Sendable, Hashable {
    /// Where x and y of the pairs stand.
    private struct Scales: Hashable {
        var x = 0
        var y = 0
    }

    private(set) var count: Int64 = 0
    private var scales = Scales()
    private var sumX: Int128 = 0
    private var sumY: Int128 = 0
    private var squaresX = WideInteger()
    private var squaresY = WideInteger()
    private var products = WideInteger()

    init() {}

    /// Whether no pair was taken.
    var isEmpty: Bool { count == 0 && sumX == 0 && sumY == 0 && squaresX == WideInteger() && squaresY == WideInteger() }

    /// Takes a pair; false, and no change of a sum, if it does not fit.
    @inline(__always)
    mutating func add(_ x: (value: Int64, scale: Int), _ y: (value: Int64, scale: Int)) -> Bool {
        guard let (x, y) = aligned(x, y) else { return false }
        add(x, y)
        return true
    }

    /// Takes a pair back; false, and no change of a sum, if it does not fit.
    mutating func subtract(_ x: (value: Int64, scale: Int), _ y: (value: Int64, scale: Int)) -> Bool {
        guard let (x, y) = aligned(x, y) else { return false }
        count &-= 1
        sumX &-= Int128(x)
        sumY &-= Int128(y)
        squaresX -= Int128(x) &* Int128(x)
        squaresY -= Int128(y) &* Int128(y)
        products -= Int128(x) &* Int128(y)
        return true
    }

    @inline(__always)
    private mutating func add(_ x: Int64, _ y: Int64) {
        count &+= 1
        sumX &+= Int128(x)
        sumY &+= Int128(y)
        squaresX += Int128(x) &* Int128(x)
        squaresY += Int128(y) &* Int128(y)
        products += Int128(x) &* Int128(y)
    }

    /// Takes pairs of one scale; false, and no change of a sum, if they are to be taken one by one.
    mutating func add(
        _ x: (base: UnsafePointer<Int64>, scale: Int),
        _ y: (base: UnsafePointer<Int64>, scale: Int),
        _ rows: Range<Int>
    ) -> Bool {
        let scales = Scales(x: x.scale, y: y.scale)
        guard !rows.isEmpty, raise(to: scales), self.scales == scales else { return false }
        var moments = self
        for row in rows { moments.add(x.base[row], y.base[row]) }
        self = moments
        return true
    }

    @inline(__always)
    private mutating func aligned(
        _ x: (value: Int64, scale: Int),
        _ y: (value: Int64, scale: Int)
    ) -> (Int64, Int64)? {
        if scales == Scales(x: x.scale, y: y.scale) { return (x.value, y.value) }
        guard raise(to: Scales(x: x.scale, y: y.scale)),
            let left = PowerOfTen.scaled(x.value, by: scales.x &- x.scale),
            let right = PowerOfTen.scaled(y.value, by: scales.y &- y.scale)
        else { return nil }
        return (left, right)
    }

    /// Makes the scales at least these; false, and no change, if a sum would not fit.
    private mutating func raise(to least: Scales) -> Bool {
        if least.x <= scales.x, least.y <= scales.y { return true }
        let digitsX = max(least.x &- scales.x, 0)
        let digitsY = max(least.y &- scales.y, 0)
        guard let sumX = PowerOfTen.scaled(sumX, by: digitsX), let sumY = PowerOfTen.scaled(sumY, by: digitsY),
            let squaresX = squaresX.scaled(byPowerOfTen: 2 * digitsX),
            let squaresY = squaresY.scaled(byPowerOfTen: 2 * digitsY),
            let products = products.scaled(byPowerOfTen: digitsX + digitsY)
        else { return false }
        (self.sumX, self.sumY) = (sumX, sumY)
        (self.squaresX, self.squaresY, self.products) = (squaresX, squaresY, products)
        scales = Scales(x: scales.x &+ digitsX, y: scales.y &+ digitsY)
        return true
    }

    /// Takes over the other's pairs; false, and no change, if they do not fit.
    mutating func merge(_ other: DecimalComoments) -> Bool {
        var left = self
        var right = other
        guard left.raise(to: right.scales), right.raise(to: left.scales) else { return false }
        let (sumX, overflowX) = left.sumX.addingReportingOverflow(right.sumX)
        let (sumY, overflowY) = left.sumY.addingReportingOverflow(right.sumY)
        guard !overflowX, !overflowY else { return false }
        (left.sumX, left.sumY) = (sumX, sumY)
        left.squaresX += right.squaresX
        left.squaresY += right.squaresY
        left.products += right.products
        left.count &+= right.count
        self = left
        return true
    }

    /// Σ(x - mean)(y - mean) / divisor.
    func covariance(divisor: Int64) -> Double {
        let centered = WideInteger.centered(count: count, products: products, sumX, sumY)
        return centered / Double(count) / Double(divisor) / PowerOfTen.double(scales.x) / PowerOfTen.double(scales.y)
    }

    /// The coefficient of correlation; nil if all x or all y are equal.
    var correlation: Double? {
        let x = WideInteger.centered(count: count, products: squaresX, sumX, sumX)
        let y = WideInteger.centered(count: count, products: squaresY, sumY, sumY)
        if x == 0 || y == 0 { return nil }
        // Scales and counts cancel.
        return Comoments.correlation(WideInteger.centered(count: count, products: products, sumX, sumY), x, y)
    }

    /// Σ(x - mean)², Σ(y - mean)² and Σ(x - mean)(y - mean). There is at least one pair.
    var centered: (x: Double, y: Double, products: Double) {
        let number = Double(count)
        let (powerX, powerY) = (PowerOfTen.double(scales.x), PowerOfTen.double(scales.y))
        let x = WideInteger.centered(count: count, products: squaresX, sumX, sumX)
        let y = WideInteger.centered(count: count, products: squaresY, sumY, sumY)
        let products = WideInteger.centered(count: count, products: products, sumX, sumY)
        return (x / number / powerX / powerX, y / number / powerY / powerY, products / number / powerX / powerY)
    }

    /// The sums as doubles.
    var sums: ComomentSums {
        let powerX = DoubleDouble(PowerOfTen.double(scales.x))
        let powerY = DoubleDouble(PowerOfTen.double(scales.y))
        return ComomentSums(
            x: MomentSums(
                origin: 0,
                count: count,
                sum: DoubleDouble(sumX) / powerX,
                squares: squaresX.doubleDouble / powerX / powerX
            ),
            y: MomentSums(
                origin: 0,
                count: count,
                sum: DoubleDouble(sumY) / powerY,
                squares: squaresY.doubleDouble / powerY / powerY
            ),
            products: products.doubleDouble / powerX / powerY
        )
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(UInt8(truncatingIfNeeded: scales.x))
        writer.write(UInt8(truncatingIfNeeded: scales.y))
        writer.write(sumX)
        writer.write(sumY)
        squaresX.encode(into: &writer)
        squaresY.encode(into: &writer)
        products.encode(into: &writer)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        scales = Scales(x: try reader.readScale(), y: try reader.readScale())
        sumX = try reader.read(Int128.self)
        sumY = try reader.read(Int128.self)
        squaresX = try WideInteger(from: &reader)
        squaresY = try WideInteger(from: &reader)
        products = try WideInteger(from: &reader)
    }
}
