internal import Glibc

/// Logarithms of quotients of prices.
enum PriceRatio {
    /// ln(price / reference); NaN unless both are positive and finite. The difference of prices close together is exact, so
    /// that the result is right to a few roundings of itself however small it is.
    @inline(__always)
    static func logarithm(_ price: Double, _ reference: Double) -> Double {
        guard price > 0, reference > 0, price < .infinity, reference < .infinity else { return .nan }
        let change = (price - reference) / reference
        // Far apart the quotient loses nothing; it is itself out of range only if prices are 2^1024 apart.
        return change < 1 && change > -0.5 ? log1p(change) : log(price) - log(reference)
    }
}

/// `parkinson(high, low)`: the mean of ln²(H/L) / (4 ln 2), a variance per bar (Parkinson 1980).
public enum Parkinson: RowTerm {
    /// High, low.
    public static var argumentCount: Int { 2 }
    /// ln²(H/L).
    @inline(__always)
    public static func term(_ high: Double, _ low: Double, _ c: Double, _ d: Double) -> Double {
        let range = PriceRatio.logarithm(high, low)
        return range * range
    }
    /// Over 4 ln 2.
    public static func value(mean: Double) -> Double { mean / (4 * M_LN2) }
}

/// `garman_klass(open, high, low, close)`: the mean of ½ ln²(H/L) - (2 ln 2 - 1) ln²(C/O), a variance per bar
/// (Garman and Klass 1980).
public enum GarmanKlass: RowTerm {
    /// Open, high, low, close.
    public static var argumentCount: Int { 4 }
    /// The term of a bar.
    @inline(__always)
    public static func term(_ open: Double, _ high: Double, _ low: Double, _ close: Double) -> Double {
        let range = PriceRatio.logarithm(high, low)
        let change = PriceRatio.logarithm(close, open)
        return 0.5 * range * range - (2 * M_LN2 - 1) * change * change
    }
    /// The mean.
    public static func value(mean: Double) -> Double { mean }
}

/// `rogers_satchell(open, high, low, close)`: the mean of ln(H/C) ln(H/O) + ln(L/C) ln(L/O), a variance per bar that a drift
/// leaves as it is (Rogers and Satchell 1991).
public enum RogersSatchell: RowTerm {
    /// Open, high, low, close.
    public static var argumentCount: Int { 4 }
    /// The term of a bar.
    @inline(__always)
    public static func term(_ open: Double, _ high: Double, _ low: Double, _ close: Double) -> Double {
        PriceRatio.logarithm(high, close) * PriceRatio.logarithm(high, open) + PriceRatio.logarithm(low, close)
            * PriceRatio.logarithm(low, open)
    }
    /// The mean.
    public static func value(mean: Double) -> Double { mean }
}
