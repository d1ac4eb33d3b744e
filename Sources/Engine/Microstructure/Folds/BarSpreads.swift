internal import Glibc

/// `corwin_schultz(high, low, [close])`: 2 (e^α − 1) / (1 + e^α), with α = (√(2β) − √β) / (3 − 2√2) − √(γ / (3 − 2√2)), β the sum
/// of the squares of ln(high / low) of two bars, γ the square of that of both together (Corwin, Schultz 2012).
///
/// A pair whose estimate is negative counts as 0, as the authors do. With closes a bar that lies beyond the close before it is
/// moved to touch it, their correction for what happens between bars.
public enum CorwinSchultz: BarPairSpread {
    /// A close only corrects.
    public static var needsClose: Bool { false }

    private static let root = 3 - 2 * 2.0.squareRoot()

    /// The spread of two bars.
    public static func spread(_ earlier: BarRange, _ later: BarRange) -> Double {
        var (high, low) = (later.high, later.low)
        if let close = earlier.close {
            let gap = low > close ? close - low : high < close ? close - high : 0
            high += gap
            low += gap
        }
        func squaredRange(_ high: Double, _ low: Double) -> Double {
            let range = log(high / low)
            return range * range
        }
        let beta = squaredRange(earlier.high, earlier.low) + squaredRange(high, low)
        let gamma = squaredRange(max(earlier.high, high), min(earlier.low, low))
        let alpha = ((2 * beta).squareRoot() - beta.squareRoot()) / root - (gamma / root).squareRoot()
        // 2 (e^α − 1) / (1 + e^α), without the loss of digits near 0.
        return max(0, 2 * tanh(alpha / 2))
    }
}

/// `abdi_ranaldo(high, low, close)`: √max(0, 4 (c − η)(c − η')), c the logarithm of a close, η and η' the middles of the
/// logarithms of high and low of its bar and of the next one (Abdi, Ranaldo 2017, corrected for each two days).
public enum AbdiRanaldo: BarPairSpread {
    /// It is all about the close.
    public static var needsClose: Bool { true }

    /// The spread of two bars.
    public static func spread(_ earlier: BarRange, _ later: BarRange) -> Double {
        let close = log(earlier.close ?? .nan)
        let product = 4 * (close - middle(earlier)) * (close - middle(later))
        return product.isNaN ? .nan : max(0, product).squareRoot()
    }

    private static func middle(_ bar: BarRange) -> Double { (log(bar.high) + log(bar.low)) / 2 }
}
