/// The sum of numbers, more exact than a double.
public enum ColumnSum: Sendable, Hashable {
    /// Of integers, exact.
    case integer(Int128)
    /// Of decimals: `mantissa / 10^scale`, exact.
    case decimal(mantissa: Int128, scale: Int)
    /// Of doubles, as the unevaluated sum of two (Dekker 1971): its error is below 2^-100 of the sum of magnitudes.
    case double(high: Double, low: Double)
}
