/// Numbers of which any order statistic can be asked: all that are not NaN, by order of calls.
struct OrderStatistics: Sendable, Hashable {
    private var values: [Double] = []
    private var nanCount: Int64 = 0

    init() {}

    /// Bytes of the numbers.
    var byteCount: Int { values.capacity * MemoryLayout<Double>.stride }

    /// How many numbers, NaN among them.
    var count: Int { values.count &+ Int(truncatingIfNeeded: nanCount) }

    /// Whether one is NaN.
    var hasNaN: Bool { nanCount != 0 }

    /// The numbers that are not NaN, in no order that means anything.
    var numbers: [Double] { values }

    /// The number of a rank, from 0; nil beyond the last. NaN does not count.
    func number(ofRank rank: Int) -> Double? {
        guard values.indices.contains(rank) else { return nil }
        var values = values
        return values.withUnsafeMutableBufferPointer { Self.select(rank, $0) }
    }

    /// Takes a number.
    @inline(__always)
    mutating func append(_ value: Double) {
        if value.isNaN {
            nanCount &+= 1
        } else {
            values.append(value + 0)  // -0 becomes 0, so that the order of equals does not show
        }
    }

    /// Takes rows that have a value.
    mutating func append(_ argument: FoldArguments.Argument, _ rows: Range<Int>) {
        DoubleChunks.forEach((argument, nil, nil, nil), rows) { chunk in
            append(UnsafeBufferPointer(start: chunk.a, count: chunk.count))
        }
    }

    /// Takes numbers.
    mutating func append(_ numbers: UnsafeBufferPointer<Double>) {
        var nans: Int64 = 0
        for number in numbers { nans &+= number.isNaN ? 1 : 0 }
        if nans != 0 {
            for number in numbers { append(number) }
            return
        }
        let count = values.count
        values.append(contentsOf: numbers)
        values.withUnsafeMutableBufferPointer { values in
            for index in count..<values.count { values[index] += 0 }  // -0 becomes 0
        }
    }

    /// Takes over the other's numbers.
    mutating func merge(_ other: OrderStatistics) {
        values.append(contentsOf: other.values)
        nanCount &+= other.nanCount
    }

    /// The number below which a fraction of the others lies, from 0 to 1: between two it lies on the straight line, as
    /// `quantile_cont` of DuckDB and numpy's default have it. Nil if there is none, NaN if one is NaN.
    func quantile(_ fraction: Double) -> Double? {
        if nanCount != 0 { return .nan }
        guard !values.isEmpty else { return nil }
        let place = Double(values.count - 1) * fraction
        let rank = min(Int(place), values.count - 1)
        var values = values
        return values.withUnsafeMutableBufferPointer { values in
            let low = Self.select(rank, values)
            let weight = place - Double(rank)
            guard weight > 0, let high = values[(rank + 1)...].min(), high != low else { return low }
            return low * (1 - weight) + high * weight
        }
    }

    /// Puts the value of a rank to its place, none larger before it and none smaller after it, and gives it.
    private static func select(_ rank: Int, _ values: UnsafeMutableBufferPointer<Double>) -> Double {
        var lower = 0
        var upper = values.count
        // Halving needs log2 of them; twice as many mean a hostile order, and are sorted.
        var rounds = 2 * (Int.bitWidth - values.count.leadingZeroBitCount)
        while upper - lower > 16, rounds > 0 {
            rounds -= 1
            let (start, end) = partition(values, lower, upper)
            if rank < start {
                upper = start
            } else if rank >= end {
                lower = end
            } else {
                return values[rank]
            }
        }
        values[lower..<upper].sort()
        return values[rank]
    }

    /// Orders a range into smaller than a pivot, equal to it, larger; gives the bounds of the equal ones.
    private static func partition(
        _ values: UnsafeMutableBufferPointer<Double>,
        _ lower: Int,
        _ upper: Int
    ) -> (start: Int, end: Int) {
        let (a, b, c) = (values[lower], values[lower + (upper - lower) / 2], values[upper - 1])
        let pivot = max(min(a, b), min(max(a, b), c))
        var start = lower
        var index = lower
        var end = upper
        while index < end {
            let value = values[index]
            if value < pivot {
                values.swapAt(start, index)
                start &+= 1
                index &+= 1
            } else if value > pivot {
                end &-= 1
                values.swapAt(index, end)
            } else {
                index &+= 1
            }
        }
        return (start, end)
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(nanCount)
        writer.write(Int64(values.count))
        for value in values { writer.write(value) }
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        nanCount = try reader.readInt64()
        let count = try reader.readInt64()
        guard count >= 0 else { throw .malformed }
        for _ in 0..<count {
            let value = try reader.readDouble()
            guard !value.isNaN else { throw .malformed }
            values.append(value)
        }
    }
}
