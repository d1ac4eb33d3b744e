/// A sum of doubles that does not depend on how the values were cut into slices.
///
/// The n-th value goes to lane n mod 4, and each lane keeps what rounding lost (Knuth's two-sum), so four rows are added
/// in one go and the error stays near one rounding of the result: it is at most 2^-53 of the sum and n² 2^-106 of Σ|x|.
/// Infinities and NaN are counted apart, so that they can leave again, and make the sum what IEEE 754 says.
struct DoubleSum: Sendable, Hashable {
    private var sums = SIMD4<Double>.zero
    private var errors = SIMD4<Double>.zero
    /// Values added so far, evictions included: decides the lane of the next.
    private(set) var count = 0
    /// What is not finite; a sum that grew out of the doubles counts as infinite until it is built anew.
    private var nonFinite = NonFiniteCounts()
    /// Values taken out since the sum was empty.
    private var evictions: UInt32 = 0

    init() {}

    /// Adds one value.
    @inline(__always)
    mutating func add(_ value: Double) {
        let sum = Self.add(value, lane: count & 3, &sums, &errors)
        count &+= 1
        if !sum.isFinite { nonFinite.add(value.isFinite ? sum : value) }
    }

    /// Adds to one lane, unless the sum is not finite; gives the sum.
    @inline(__always)
    private static func add(
        _ value: Double,
        lane: Int,
        _ sums: inout SIMD4<Double>,
        _ errors: inout SIMD4<Double>
    ) -> Double {
        // One lane in memory: through the vector it would wait for a store of all four.
        withUnsafeMutableBytes(of: &sums) { sums in
            withUnsafeMutableBytes(of: &errors) { errors in
                let offset = lane &* 8
                let old = sums.load(fromByteOffset: offset, as: Double.self)
                let sum = old + value
                guard sum.isFinite else { return sum }
                let shadow = sum - old
                let error = errors.load(fromByteOffset: offset, as: Double.self)
                let lost = (old - (sum - shadow)) + (value - shadow)
                errors.storeBytes(of: error + lost, toByteOffset: offset, as: Double.self)
                sums.storeBytes(of: sum, toByteOffset: offset, as: Double.self)
                return sum
            }
        }
    }

    /// Takes a value out again.
    mutating func subtract(_ value: Double) {
        if value.isFinite {
            add(-value)
        } else {
            nonFinite.subtract(value)
        }
        noteEviction()
    }

    /// Counts towards the next re-summation.
    mutating func noteEviction() { evictions = evictions == .max ? .max : evictions &+ 1 }

    /// Whether so much was taken out that the sum should be built anew.
    var isResummationDue: Bool { evictions >= UInt32(WindowFoldLimits.resummationEvictions) }

    /// Adds values in order.
    mutating func add(_ values: UnsafeBufferPointer<Double>) {
        guard let base = values.baseAddress else { return }
        add(values.count, { base[$0] }, { Self.load(base, at: $0) })
    }

    /// Adds the products of values in order.
    mutating func addProducts(_ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, _ rows: Range<Int>) {
        let left = left + rows.lowerBound
        let right = right + rows.lowerBound
        add(rows.count, { left[$0] * right[$0] }, { Self.load(left, at: $0) * Self.load(right, at: $0) })
    }

    @inline(__always)
    private static func load(_ base: UnsafePointer<Double>, at index: Int) -> SIMD4<Double> {
        UnsafeRawPointer(base + index).loadUnaligned(as: SIMD4<Double>.self)
    }

    /// Adds values by number, one or four at a time.
    @inline(__always)
    private mutating func add(_ number: Int, _ one: (Int) -> Double, _ four: (Int) -> SIMD4<Double>) {
        var index = 0
        while count & 3 != 0, index < number {
            add(one(index))
            index &+= 1
        }
        let vectorized = index &+ (number &- index) & ~3
        if addVectorized(from: index, to: vectorized, four) { index = vectorized }
        while index < number {
            add(one(index))
            index &+= 1
        }
    }

    /// Adds a multiple of four values, the first to lane 0; false, and no change, if a sum is not finite.
    @inline(__always)
    private mutating func addVectorized(from start: Int, to end: Int, _ four: (Int) -> SIMD4<Double>) -> Bool {
        var sums = self.sums
        var errors = self.errors
        var index = start
        while index < end {
            let value = four(index)
            let sum = sums + value
            let shadow = sum - sums
            errors += (sums - (sum - shadow)) + (value - shadow)
            sums = sum
            index &+= 4
        }
        // A lane that was once infinite never becomes finite again.
        guard (sums - sums) == .zero else { return false }
        self.sums = sums
        self.errors = errors
        count &+= end &- start
        return true
    }

    /// Adds all that another sum holds.
    mutating func merge(_ other: DoubleSum) {
        for lane in 0..<4 where other.count > 0 {
            add(other.sums[lane])
            add(other.errors[lane])
        }
        nonFinite.merge(other.nonFinite)
        let (sum, overflow) = evictions.addingReportingOverflow(other.evictions)
        evictions = overflow ? .max : sum
    }

    /// Whether nothing was added.
    var isEmpty: Bool { count == 0 }

    /// The sum.
    var value: Double {
        if let sum = nonFinite.sum { return sum }
        var total = 0.0
        var error = errors.sum()
        for lane in 0..<4 {
            let sum = total + sums[lane]
            let shadow = sum - total
            error += (total - (sum - shadow)) + (sums[lane] - shadow)
            total = sum
        }
        let result = total + error
        return result.isNaN ? total : result
    }

    func encode(into writer: inout FoldStateWriter) {
        for lane in 0..<4 {
            writer.write(sums[lane])
            writer.write(errors[lane])
        }
        writer.write(Int64(count))
        nonFinite.encode(into: &writer)
        writer.write(evictions)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        for lane in 0..<4 {
            sums[lane] = try reader.readDouble()
            errors[lane] = try reader.readDouble()
        }
        let count = try reader.readInt64()
        guard count >= 0 else { throw .malformed }
        self.count = Int(count)
        nonFinite = try NonFiniteCounts(from: &reader)
        evictions = try reader.read(UInt32.self)
    }
}

/// How many values of a sum are NaN or infinite. A count that has reached its maximum stays there.
struct NonFiniteCounts: Sendable, Hashable {
    private var nans: UInt32 = 0
    private var positives: UInt32 = 0
    private var negatives: UInt32 = 0

    init() {}

    /// The sum of the values counted; nil if there are none.
    var sum: Double? {
        if nans > 0 || (positives > 0 && negatives > 0) { return .nan }
        if positives > 0 { return .infinity }
        return negatives > 0 ? -.infinity : nil
    }

    mutating func add(_ value: Double) {
        update(value) { $0 = $0 == .max ? .max : $0 &+ 1 }
    }

    mutating func subtract(_ value: Double) {
        update(value) { $0 = $0 == .max || $0 == 0 ? $0 : $0 &- 1 }
    }

    private mutating func update(_ value: Double, _ change: (inout UInt32) -> Void) {
        if value.isNaN {
            change(&nans)
        } else if value > 0 {
            change(&positives)
        } else {
            change(&negatives)
        }
    }

    mutating func merge(_ other: NonFiniteCounts) {
        func sum(_ left: UInt32, _ right: UInt32) -> UInt32 {
            let (sum, overflow) = left.addingReportingOverflow(right)
            return overflow ? .max : sum
        }
        nans = sum(nans, other.nans)
        positives = sum(positives, other.positives)
        negatives = sum(negatives, other.negatives)
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(nans)
        writer.write(positives)
        writer.write(negatives)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        nans = try reader.read(UInt32.self)
        positives = try reader.read(UInt32.self)
        negatives = try reader.read(UInt32.self)
    }
}
