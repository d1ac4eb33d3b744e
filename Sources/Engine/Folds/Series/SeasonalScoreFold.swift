public import Columnar
public import QueryLang

/// `seasonal_zscore(value, [lambda])`: how many deviations the last value is from the exponentially weighted mean of the earlier ones
/// of the same minute of the day (UTC).
///
/// The value of k such values ago weighs λᵏ, and the deviation is that of a population with these weights: pandas'
/// `ewm(alpha=1 - lambda)`, with `std(bias=True)`. Null with fewer than two earlier values of the minute, and if they are equal; NaN
/// if one of them is not finite. Holds 48 bytes a minute of the day.
public struct SeasonalScoreFold: MergeableFold, Hashable {
    /// Version 1: λ, last value, its minute, minutes.
    public static let stateVersion: UInt8 = 1
    private static let minutes = 1440
    private static let minute: Int64 = 60_000_000_000
    private static let defaultLambda = 0.94

    private var lambda: Double?
    private var last = 0.0
    private var lastMinute = -1
    /// What the minute of the last value held before it.
    private var before = WeightedMoments()
    /// Where each minute of the day lies, plus one; 0 if it had no value. Empty before the first.
    private var places: [UInt16] = []
    private var moments: [WeightedMoments] = []

    /// No value yet.
    public init() {}

    /// The score; nil if there is none.
    public var value: Double? {
        guard lastMinute >= 0, before.count > 1 else { return nil }
        let (mean, variance) = before.meanAndVariance
        if variance == 0 { return nil }
        return (last - mean) / variance.squareRoot()
    }

    /// Takes rows in which the arguments have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let value = arguments.first, !value.isNull else { return }
        let weight = arguments.second
        if weight?.isNull ?? false { return }
        for row in rows where value.isValid(row) && weight?.isValid(row) ?? true {
            let lambda = self.lambda ?? weight?.double(row) ?? Self.defaultLambda
            self.lambda = lambda
            push(value.double(row), Self.minuteOfDay(arguments.time(row)), lambda)
        }
    }

    private static func minuteOfDay(_ time: Int64) -> Int {
        let minutes = time / minute - (time % minute < 0 ? 1 : 0)
        let index = Int(minutes % Int64(Self.minutes))
        return index < 0 ? index + Self.minutes : index
    }

    private mutating func push(_ value: Double, _ minute: Int, _ lambda: Double) {
        let place = place(of: minute)
        before = moments[place]
        moments[place].add(value, lambda)
        (last, lastMinute) = (value, minute)
    }

    private mutating func place(of minute: Int) -> Int {
        if places.isEmpty { places = [UInt16](repeating: 0, count: Self.minutes) }
        if places[minute] == 0 {
            moments.append(WeightedMoments())
            places[minute] = UInt16(moments.count)
        }
        return Int(places[minute]) - 1
    }

    /// Goes on with the other's values.
    public mutating func merge(_ other: Self) {
        guard let lambda else {
            self = other
            return
        }
        if other.lastMinute < 0 { return }
        var old = WeightedMoments()
        if !places.isEmpty, places[other.lastMinute] != 0 { old = moments[Int(places[other.lastMinute]) - 1] }
        before = old.followed(by: other.before, lambda)
        for minute in other.places.indices where other.places[minute] != 0 {
            let place = place(of: minute)
            moments[place] = moments[place].followed(by: other.moments[Int(other.places[minute]) - 1], lambda)
        }
        (last, lastMinute) = (other.last, other.lastMinute)
    }

    /// The score; null if there is none, an error if λ is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        if let lambda, !(lambda >= 0 && lambda <= 1) {
            throw QueryError(
                .semantic,
                "seasonal_zscore() takes a lambda from 0 to 1, not \(lambda)",
                hint: "0.94 gives half of the weight to the last eleven days"
            )
        }
        return value.map { .float64($0) } ?? .null
    }

    /// Bytes of the minutes.
    public var heldBytes: Int {
        places.capacity * MemoryLayout<UInt16>.stride + moments.capacity * MemoryLayout<WeightedMoments>.stride
    }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(lambda != nil)
        writer.write(lambda ?? 0)
        writer.write(last)
        writer.write(Int16(lastMinute))
        before.encode(into: &writer)
        writer.write(UInt16(moments.count))
        for minute in places.indices where places[minute] != 0 {
            writer.write(UInt16(minute))
            moments[Int(places[minute]) - 1].encode(into: &writer)
        }
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let hasLambda = try reader.readBool()
        let lambda = try reader.readDouble()
        self.lambda = hasLambda ? lambda : nil
        last = try reader.readDouble()
        lastMinute = Int(try reader.read(Int16.self))
        before = try WeightedMoments(from: &reader)
        let count = Int(try reader.read(UInt16.self))
        guard lastMinute >= -1, lastMinute < Self.minutes, count <= Self.minutes else { throw .malformed }
        for _ in 0..<count {
            let minute = Int(try reader.read(UInt16.self))
            guard minute < Self.minutes, places.isEmpty || places[minute] == 0 else { throw .malformed }
            moments[place(of: minute)] = try WeightedMoments(from: &reader)
        }
    }

    /// Whether both hold the same of every minute.
    public static func == (left: Self, right: Self) -> Bool { left.encodeState() == right.encodeState() }

    /// Hashes the state.
    public func hash(into hasher: inout Hasher) { hasher.combine(encodeState()) }
}

/// Sums of numbers whose weights fall by λ with each that follows, about the first of them.
struct WeightedMoments: Sendable, Hashable {
    private(set) var count: Int64 = 0
    private var origin = 0.0
    private var weight = 0.0
    private var sum = 0.0
    private var squares = 0.0

    init() {}

    @inline(__always)
    mutating func add(_ value: Double, _ lambda: Double) {
        if count == 0 { origin = value }
        count &+= 1
        let deviation = value - origin
        weight = lambda * weight + 1
        sum = lambda * sum + deviation
        squares = lambda * squares + deviation * deviation
    }

    /// The moments of these numbers and of those that follow them.
    func followed(by other: WeightedMoments, _ lambda: Double) -> WeightedMoments {
        if count == 0 { return other }
        if other.count == 0 { return self }
        var result = self
        result.count &+= other.count
        var decay = 1.0
        var (base, exponent) = (lambda, other.count)
        while exponent > 0 {
            if exponent & 1 == 1 { decay *= base }
            base *= base
            exponent >>= 1
        }
        let shift = other.origin - origin
        result.weight = weight * decay + other.weight
        result.sum = sum * decay + (other.sum + other.weight * shift)
        result.squares = squares * decay + (other.squares + 2 * shift * other.sum + other.weight * shift * shift)
        return result
    }

    /// The mean, and the variance of a population; what rounding left of equal numbers is 0. There is a number.
    var meanAndVariance: (mean: Double, variance: Double) {
        let mean = sum / weight
        let variance = squares / weight - mean * mean
        return (origin + mean, variance <= 0x1p-48 * (squares / weight) ? 0 : variance)
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        for value in [origin, weight, sum, squares] { writer.write(value) }
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        guard count >= 0, count < .max / 2 else { throw .malformed }
        origin = try reader.readDouble()
        weight = try reader.readDouble()
        sum = try reader.readDouble()
        squares = try reader.readDouble()
    }
}
