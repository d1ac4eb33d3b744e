/// How far the values of a window lie apart, beside how far those did that its sums have had.
///
/// What rounding leaves of a value goes with its square, so a value that was far away spoils the spread of values that lie close
/// together long after it left. The sums are then to be built anew: when the window has become 2²⁰ times as narrow as what they
/// have had since they were built, and when all of its values are equal.
struct SpreadWatch {
    private var smallest = MonotonicQueue<Double, Smallest>()
    private var largest = MonotonicQueue<Double, Largest>()
    /// The values that the sums have had since they were built.
    private var seen: ClosedRange<Double>?

    /// Between what is left of a value and a spread that is this much smaller, 106 − 2 × 20 bits are right.
    private static let narrowing = 0x1p20

    /// Takes a row; nil if it has no value.
    mutating func append(_ value: Double?) {
        smallest.append(value)
        largest.append(value)
        guard let value, !value.isNaN else { return }
        seen = seen.map { min($0.lowerBound, value)...max($0.upperBound, value) } ?? value...value
    }

    /// Gives the oldest rows back.
    mutating func removeFirst(_ count: Int) {
        for _ in 0..<count {
            smallest.removeFirst()
            largest.removeFirst()
        }
    }

    /// Whether what left was much farther away than what is there; asked when all rows of a frame were taken.
    var isNarrowed: Bool {
        guard let seen, let least = smallest.extreme, let most = largest.extreme else { return false }
        if seen == least...most { return false }
        let spread = most - least
        return !(seen.upperBound - seen.lowerBound <= spread * Self.narrowing)
    }

    /// The sums were built from the rows that are there.
    mutating func reset() {
        guard let least = smallest.extreme, let most = largest.extreme else { return seen = nil }
        seen = least...most
    }
}

extension SpreadWatch {
    func encode(into writer: inout FoldStateWriter) {
        smallest.encode(into: &writer) { $0.write($1) }
        largest.encode(into: &writer) { $0.write($1) }
        writer.write(seen != nil)
        writer.write(seen?.lowerBound ?? 0)
        writer.write(seen?.upperBound ?? 0)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        smallest = try MonotonicQueue(from: &reader) { (reader) throws(FoldStateError) in try reader.readDouble() }
        largest = try MonotonicQueue(from: &reader) { (reader) throws(FoldStateError) in try reader.readDouble() }
        let isSeen = try reader.readBool()
        let lower = try reader.readDouble()
        let upper = try reader.readDouble()
        guard lower <= upper else { throw .malformed }
        seen = isSeen ? lower...upper : nil
    }
}
