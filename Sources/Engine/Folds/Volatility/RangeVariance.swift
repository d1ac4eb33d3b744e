import CKernels
internal import Glibc

/// Logarithms of quotients of prices.
enum PriceRatio {
    /// ln(price / reference); NaN unless both are positive and finite. The difference of prices close together is exact, so
    /// that the result is right to a few roundings of itself however small it is.
    @inline(__always)
    static func logarithm(_ price: Double, _ reference: Double) -> Double { tickgate_log_ratio(price, reference) }

    /// The same of some pairs.
    @inline(__always)
    static func logarithms(
        _ prices: UnsafePointer<Double>,
        _ references: UnsafePointer<Double>,
        _ count: Int,
        into target: UnsafeMutablePointer<Double>
    ) {
        tickgate_log_ratios(prices, references, count, TICKGATE_BEST, target)
    }
}

/// `parkinson(high, low)`: the mean of ln²(H/L) / (4 ln 2), a variance per bar (Parkinson 1980).
public enum Parkinson: RowTerm {
    /// High, low.
    public static var argumentCount: Int { 2 }
    /// ln²(H/L).
    public static func terms(_ rows: RowTermInput, into terms: UnsafeMutablePointer<Double>) {
        PriceRatio.logarithms(rows.a, rows.b, rows.count, into: terms)
        for row in 0..<rows.count { terms[row] *= terms[row] }
    }
    /// Over 4 ln 2.
    public static func value(mean: Double) -> Double { mean / (4 * M_LN2) }
}

/// `garman_klass(open, high, low, close)`: the mean of ½ ln²(H/L) - (2 ln 2 - 1) ln²(C/O), a variance per bar
/// (Garman and Klass 1980).
public enum GarmanKlass: RowTerm {
    /// Open, high, low, close.
    public static var argumentCount: Int { 4 }
    /// ½ ln²(H/L) - (2 ln 2 - 1) ln²(C/O).
    public static func terms(_ rows: RowTermInput, into terms: UnsafeMutablePointer<Double>) {
        let changes = rows.scratch(0)
        PriceRatio.logarithms(rows.b, rows.c, rows.count, into: terms)
        PriceRatio.logarithms(rows.d, rows.a, rows.count, into: changes)
        for row in 0..<rows.count {
            terms[row] = 0.5 * terms[row] * terms[row] - (2 * M_LN2 - 1) * changes[row] * changes[row]
        }
    }
    /// The mean.
    public static func value(mean: Double) -> Double { mean }
}

/// `rogers_satchell(open, high, low, close)`: the mean of ln(H/C) ln(H/O) + ln(L/C) ln(L/O), a variance per bar that a drift
/// leaves as it is (Rogers and Satchell 1991).
public enum RogersSatchell: RowTerm {
    /// Open, high, low, close.
    public static var argumentCount: Int { 4 }
    /// ln(H/C) ln(H/O) + ln(L/C) ln(L/O).
    public static func terms(_ rows: RowTermInput, into terms: UnsafeMutablePointer<Double>) {
        Self.terms(of: (rows.a, rows.b, rows.c, rows.d), rows.count, (rows.scratch(0), rows.scratch(1)), into: terms)
    }

    static func terms(
        of bars: (
            open: UnsafePointer<Double>, high: UnsafePointer<Double>, low: UnsafePointer<Double>,
            close: UnsafePointer<Double>
        ),
        _ count: Int,
        _ scratch: (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>),
        into terms: UnsafeMutablePointer<Double>
    ) {
        PriceRatio.logarithms(bars.high, bars.close, count, into: terms)
        PriceRatio.logarithms(bars.high, bars.open, count, into: scratch.0)
        for row in 0..<count { terms[row] *= scratch.0[row] }
        PriceRatio.logarithms(bars.low, bars.close, count, into: scratch.0)
        PriceRatio.logarithms(bars.low, bars.open, count, into: scratch.1)
        for row in 0..<count { terms[row] += scratch.0[row] * scratch.1[row] }
    }

    /// The term of a bar.
    static func term(_ open: Double, _ high: Double, _ low: Double, _ close: Double) -> Double {
        PriceRatio.logarithm(high, close) * PriceRatio.logarithm(high, open) + PriceRatio.logarithm(low, close)
            * PriceRatio.logarithm(low, open)
    }
    /// The mean.
    public static func value(mean: Double) -> Double { mean }
}
