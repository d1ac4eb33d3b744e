/// What covariances and correlations are made of: pairs of decimals and integers exactly, doubles beside them.
struct Comoments: Sendable, Hashable {
    private(set) var exact = DecimalComoments()
    private(set) var approximate = DoubleComoments()
    private var evictions: Int64 = 0

    init() {}

    /// Pairs taken.
    var count: Int64 { exact.count &+ approximate.count &+ approximate.nonFiniteCount }

    /// Whether sums of doubles should be built anew.
    var isResummationDue: Bool { evictions >= WindowFoldLimits.resummationEvictions }

    /// Takes a pair of doubles.
    @inline(__always)
    mutating func add(_ x: Double, _ y: Double) { approximate.add(x, y) }

    /// Takes pairs of doubles; there are as many x as y.
    mutating func add(_ x: [Double], _ y: [Double]) {
        x.withUnsafeBufferPointer { x in
            y.withUnsafeBufferPointer { y in
                guard let left = x.baseAddress, let right = y.baseAddress else { return }
                approximate.add(left, right, min(x.count, y.count))
            }
        }
    }

    /// Takes rows in which both arguments have a value.
    mutating func add(_ x: FoldArguments.Argument, _ y: FoldArguments.Argument, _ rows: Range<Int>) {
        if let left = x.plainMantissas, let right = y.plainMantissas, exact.add(left, right, rows) { return }
        if x.areDoubles || y.areDoubles {
            DoubleChunks.forEach((x, y, nil, nil), rows) { approximate.add($0.a, $0.b, $0.count) }
            return
        }
        for row in rows where x.isValid(row) && y.isValid(row) {
            if let left = x.mantissa(row), let right = y.mantissa(row), exact.add(left, right) { continue }
            approximate.add(x.double(row), y.double(row))
        }
    }

    /// Takes rows back.
    mutating func subtract(_ x: FoldArguments.Argument, _ y: FoldArguments.Argument, _ rows: Range<Int>) {
        for row in rows where x.isValid(row) && y.isValid(row) {
            if let left = x.mantissa(row), let right = y.mantissa(row), exact.subtract(left, right) { continue }
            approximate.add(x.double(row), y.double(row), sign: -1)
        }
        if !approximate.isEmpty { evictions &+= Int64(rows.count) }
        if count == 0 { self = Comoments() }
    }

    /// Takes over the other's rows.
    mutating func merge(_ other: Comoments) {
        if !other.exact.isEmpty, !exact.merge(other.exact) { approximate.add(other.exact.sums) }
        approximate.merge(other.approximate)
        evictions &+= other.evictions
    }

    /// Σ(x - mean)(y - mean) / divisor; NaN if a value is not finite. There is at least one pair.
    func covariance(divisor: Int64) -> Double {
        if approximate.isEmpty { return exact.covariance(divisor: divisor) }
        if approximate.nonFiniteCount != 0 { return .nan }
        return sums.centered / Double(divisor)
    }

    /// The coefficient of correlation, from -1 to 1; nil if all x or all y are equal, NaN if a value is not finite.
    var correlation: Double? {
        let value: Double?
        if approximate.isEmpty {
            value = exact.correlation
        } else if approximate.nonFiniteCount != 0 {
            return .nan
        } else {
            value = correlationOfSums
        }
        return value.map { max(-1, min(1, $0)) }
    }

    private var correlationOfSums: Double? {
        let sums = sums
        var x = sums.x.centered
        var y = sums.y.centered
        if !exact.isEmpty {
            x = Moments.withoutRounding(x, sums.x.uncentered)
            y = Moments.withoutRounding(y, sums.y.uncentered)
        }
        if x == 0 || y == 0 { return nil }
        return Self.correlation(sums.centered, x, y)
    }

    /// `products / √(x × y)`, of Σ(x - mean)(y - mean), Σ(x - mean)² and Σ(y - mean)².
    static func correlation(_ products: Double, _ x: Double, _ y: Double) -> Double {
        let square = x * y
        // One rounding fewer than the product of two roots, unless it leaves the range.
        return products / (square.isNormal ? square.squareRoot() : x.squareRoot() * y.squareRoot())
    }

    /// The sums of all pairs about one origin.
    var sums: ComomentSums {
        let doubles = approximate.sums
        return exact.isEmpty ? doubles : exact.sums.moved(to: doubles.x.origin, doubles.y.origin) + doubles
    }

    func encode(into writer: inout FoldStateWriter) {
        exact.encode(into: &writer)
        approximate.encode(into: &writer)
        writer.write(evictions)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        exact = try DecimalComoments(from: &reader)
        approximate = try DoubleComoments(from: &reader)
        evictions = try reader.readInt64()
    }
}
