public import Columnar
internal import Glibc
public import QueryLang

/// `permutation_entropy(x, [order])`: Shannon's entropy of the orders in which neighbouring numbers come (Bandt and Pompe 2002), over
/// the logarithm of how many orders there are: 1 where all are as frequent, 0 where there is but one.
///
/// Patterns are of `order` numbers, from 2 to 7, usually 3; of equal numbers the earlier one comes first. Null with fewer
/// numbers; NaN if one is NaN.
public struct PermutationEntropyFold: MergeableFold, Hashable {
    /// Version 1: order, ends, counts.
    public static let stateVersion: UInt8 = 1
    /// The orders that it takes: 7 numbers have 5,040 patterns.
    static let orders: ClosedRange<Int64> = 2...7
    private static let defaultOrder: Int64 = 3

    private var order: Int64?
    private var hasNaN = false
    /// The first and the last order - 1 numbers.
    private var head: [Double] = []
    private var tail: [Double] = []
    /// How often each pattern came, by its number.
    private var counts: [Int64] = []

    /// No number yet.
    public init() {}

    /// Takes the order, if it is the first; whether it is one.
    private mutating func use(order: Int64) -> Bool {
        if self.order == nil {
            self.order = order
            if Self.orders.contains(order) {
                counts = [Int64](repeating: 0, count: (2...Int(order)).reduce(1, *))
            }
        }
        return !counts.isEmpty
    }

    /// The entropy; nil with fewer numbers than a pattern has.
    public var value: Double? {
        let total = counts.reduce(0, &+)
        if hasNaN { return .nan }
        if total == 0 { return nil }
        var sum = PreciseSum()
        for count in counts where count > 0 {
            let share = Double(count) / Double(total)
            sum.add(share * log(share))
        }
        return max(0, 0 - sum.value.double / log(Double(counts.count)))
    }

    /// Takes rows in which the arguments have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        let hasOrder = arguments.second != nil
        DoubleChunks.forEach(arguments, rows, count: hasOrder ? 2 : 1) { chunk in
            let order = hasOrder ? Int64(exactly: chunk.b[0].rounded(.towardZero)) ?? -1 : Self.defaultOrder
            if use(order: order) { push(UnsafeBufferPointer(start: chunk.a, count: chunk.count)) }
        }
    }

    /// Takes numbers that come after those before.
    private mutating func push(_ numbers: UnsafeBufferPointer<Double>) {
        guard let order = order.map({ Int($0) }) else { return }
        var nans = 0
        for number in numbers { nans &+= number.isNaN ? 1 : 0 }
        if nans > 0 { hasNaN = true }
        if head.count < order - 1 { head.append(contentsOf: numbers.prefix(order - 1 - head.count)) }
        let before = tail.count
        let total = before + numbers.count
        withUnsafeTemporaryAllocation(of: Double.self, capacity: total + 1) { memory in
            guard let all = memory.baseAddress else { return }
            for index in 0..<before { all[index] = tail[index] }
            if let base = numbers.baseAddress { (all + before).update(from: base, count: numbers.count) }
            counts.withUnsafeMutableBufferPointer { counts in
                if order == 3 {
                    Self.countOfThree(all, total, counts)
                } else {
                    Self.count(all, total, order: order, counts)
                }
            }
            tail = Array(UnsafeBufferPointer(start: all, count: total).suffix(order - 1))
        }
    }

    /// The usual order: each comparison of neighbours serves two patterns, and neighbouring patterns go to counts of their own, so that
    /// none waits for the one before.
    private static func countOfThree(
        _ numbers: UnsafePointer<Double>,
        _ total: Int,
        _ counts: UnsafeMutableBufferPointer<Int64>
    ) {
        guard total > 2 else { return }
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: 16) { memory in
            memory.initialize(repeating: 0)
            guard let places = memory.baseAddress else { return }
            var isFalling = numbers[1] < numbers[0] ? 1 : 0
            for start in 0..<total &- 2 {
                let isNextFalling = numbers[start &+ 2] < numbers[start &+ 1] ? 1 : 0
                let isLower = numbers[start &+ 2] < numbers[start] ? 1 : 0
                let code = (isFalling &+ isLower) &* 2 &+ isNextFalling
                places[code &+ (start & 1) &* 8] &+= 1
                isFalling = isNextFalling
            }
            for code in 0..<6 { counts[code] &+= places[code] &+ places[code &+ 8] }
        }
    }

    /// Counts the patterns by their Lehmer codes: how many later numbers of a pattern are smaller than each.
    private static func count(
        _ numbers: UnsafePointer<Double>,
        _ total: Int,
        order: Int,
        _ counts: UnsafeMutableBufferPointer<Int64>
    ) {
        var start = 0
        while start &+ order <= total {
            var code = 0
            for index in 0..<order &- 1 {
                var smaller = 0
                for later in index &+ 1..<order {
                    smaller &+= numbers[start &+ later] < numbers[start &+ index] ? 1 : 0
                }
                code = code &* (order &- index) &+ smaller
            }
            counts[code] &+= 1
            start &+= 1
        }
    }

    /// Goes on with the other's numbers.
    public mutating func merge(_ other: Self) {
        guard let order else {
            self = other
            return
        }
        if other.order != order || counts.isEmpty { return }
        other.head.withUnsafeBufferPointer { push($0) }
        for index in counts.indices { counts[index] &+= other.counts[index] }
        if other.tail.count == Int(order) - 1 { tail = other.tail }
        hasNaN = hasNaN || other.hasNaN
    }

    /// The entropy; null with too few numbers, an error if the order is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        if let order, counts.isEmpty {
            throw QueryError(
                .semantic,
                "permutation_entropy() takes an order from \(Self.orders.lowerBound) to \(Self.orders.upperBound), not \(order)",
                hint: "it is permutation_entropy(x, 3)"
            )
        }
        return value.map { .float64($0) } ?? .null
    }

    /// Bytes of counts and ends.
    public var heldBytes: Int { (counts.capacity + head.capacity + tail.capacity) * MemoryLayout<Double>.stride }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(order != nil)
        writer.write(order ?? 0)
        writer.write(hasNaN)
        writer.write(UInt8(head.count))
        for number in head + tail { writer.write(number) }
        for count in counts { writer.write(count) }
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let hasOrder = try reader.readBool()
        let order = try reader.readInt64()
        hasNaN = try reader.readBool()
        let ends = Int(try reader.readUInt8())
        let isUsable = hasOrder && use(order: order)
        if hasOrder { self.order = order }
        guard ends <= (isUsable ? Int(order) - 1 : 0) else { throw .malformed }
        for _ in 0..<ends { head.append(try reader.readDouble()) }
        for _ in 0..<ends { tail.append(try reader.readDouble()) }
        for index in counts.indices {
            counts[index] = try reader.readInt64()
            guard counts[index] >= 0 else { throw .malformed }
        }
    }
}
