internal import Glibc

/// `hurst(x)`: the exponent of Hurst by the rescaled range (Mandelbrot and Wallis 1969): the slope of ln of the mean R/S over ln of
/// the size, over blocks of 16, 32, … numbers up to half of all.
///
/// R is the range of the running sums of x - mean in a block and S the deviation of a population; the numbers behind the last
/// whole block of a size do not count for it, nor do blocks of equal numbers. Nil with fewer than two sizes: 64 numbers.
public enum RescaledRange: SeriesStatistic {
    /// The slope.
    public static func value(of numbers: [Double]) -> Double? {
        ScalingLaw.slope(of: numbers, sizeMax: numbers.count / 2) { size in
            var (sum, blocks) = (0.0, 0)
            for start in stride(from: 0, through: numbers.count - size, by: size) {
                guard let ratio = ratio(numbers, start..<start + size) else { continue }
                sum += ratio
                blocks += 1
            }
            return sum / Double(blocks)
        }
    }

    private static func ratio(_ numbers: [Double], _ block: Range<Int>) -> Double? {
        // Rounding of the mean would make a range of equal numbers.
        let first = numbers[block.lowerBound]
        if numbers[block].allSatisfy({ $0 == first }) { return nil }
        let count = Double(block.count)
        var sum = 0.0
        for index in block { sum += numbers[index] }
        let mean = sum / count
        var (squares, path, low, high) = (0.0, 0.0, Double.infinity, -Double.infinity)
        for index in block {
            let deviation = numbers[index] - mean
            squares += deviation * deviation
            path += deviation
            low = path < low ? path : low
            high = path > high ? path : high
        }
        return (high - low) / (squares / count).squareRoot()
    }
}

/// `dfa(x)`: the exponent of detrended fluctuation analysis (Peng et al. 1994): the slope of ln F over ln of the size, over windows
/// of 16, 32, … numbers up to a quarter of all.
///
/// F is the root of the mean square of the running sums of x - mean about the least squares line of their window; the numbers
/// behind the last whole window of a size do not count for it. Nil with fewer than two sizes: 128 numbers.
public enum DetrendedFluctuation: SeriesStatistic {
    /// The slope.
    public static func value(of numbers: [Double]) -> Double? {
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        var profile = numbers
        var sum = 0.0
        for index in profile.indices {
            sum += profile[index] - mean
            profile[index] = sum
        }
        return ScalingLaw.slope(of: numbers, sizeMax: numbers.count / 4) { size in
            var (squares, windows) = (0.0, 0)
            for start in stride(from: 0, through: profile.count - size, by: size) {
                squares += residual(profile, start..<start + size)
                windows += 1
            }
            return (squares / Double(windows)).squareRoot()
        }
    }

    /// The mean square about the least squares line.
    private static func residual(_ profile: [Double], _ window: Range<Int>) -> Double {
        let count = Double(window.count)
        let middle = (count - 1) / 2
        var (sum, moment) = (0.0, 0.0)
        for index in window {
            sum += profile[index]
            moment += (Double(index - window.lowerBound) - middle) * profile[index]
        }
        let mean = sum / count
        // Σ(t - middle)² of 0 … n - 1
        let slope = moment / (count * (count * count - 1) / 12)
        var squares = 0.0
        for index in window {
            let rest = profile[index] - mean - slope * (Double(index - window.lowerBound) - middle)
            squares += rest * rest
        }
        return squares / count
    }
}

/// How a measure of blocks grows with their size.
private enum ScalingLaw {
    private static let sizeMin = 16

    /// The slope of the least squares line of ln measure over ln size, over sizes that double; those without a positive measure do
    /// not count. Nil with fewer than two.
    static func slope(of numbers: [Double], sizeMax: Int, _ measure: (Int) -> Double) -> Double? {
        var points: [(x: Double, y: Double)] = []
        var size = sizeMin
        while size <= sizeMax {
            let value = measure(size)
            if value.isInfinite { return .nan }
            if value > 0 { points.append((log(Double(size)), log(value))) }
            size *= 2
        }
        guard points.count > 1 else { return numbers.allSatisfy(\.isFinite) ? nil : .nan }
        let count = Double(points.count)
        let meanX = points.reduce(0) { $0 + $1.x } / count
        let meanY = points.reduce(0) { $0 + $1.y } / count
        let products = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
        let squares = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        return products / squares
    }
}
