/// A bounded summary of numbers for `approx_quantile`: levels of buffers as in Karnin, Lang and Liberty (2016) and Manku,
/// Rajagopalan and Lindsay (1998), without chance.
///
/// A number on level h stands for 2ʰ. A level that is full is sorted, and every other number goes one level up: those of even
/// places and those of odd ones by turns. That moves the rank of any number by at most 2ʰ, and n numbers fill level h at most
/// n / (2ʰ k) times, so the rank errs by at most h n / k with k = ``levelMax`` and h = ⌈log₂(n / k)⌉ levels that were halved:
/// 0.2 % of n for a million numbers, 0.45 % for a billion; as errors of both signs cancel, a tenth of that is usual. Up to k
/// numbers nothing is lost.
public struct QuantileSketch: FractionStore {
    /// The function.
    public static var name: String { "approx_quantile" }
    /// Numbers of a level before it is halved; even.
    static let levelMax = 4096
    /// Levels: 2⁴⁸ × 4,096 numbers are more than there are rows.
    static let levelsMax = 48

    private struct Level: Hashable {
        var values: [Double] = []
        var takesOdd = false
    }

    private var levels: [Level] = [Level()]
    private var nanCount: Int64 = 0

    /// Nothing held.
    public init() {}

    /// Takes numbers.
    public mutating func append(_ values: UnsafeBufferPointer<Double>) {
        for value in values { append(value) }
    }

    /// Takes a number.
    @inline(__always)
    public mutating func append(_ value: Double) {
        if value.isNaN {
            nanCount &+= 1
            return
        }
        levels[0].values.append(value + 0)  // -0 becomes 0
        if levels[0].values.count >= Self.levelMax { compact() }
    }

    /// Halves full levels, from the lowest up.
    private mutating func compact() {
        var index = 0
        while index < levels.count {
            while levels[index].values.count >= Self.levelMax, index < Self.levelsMax { halve(index) }
            index += 1
        }
    }

    /// Moves every other number of an even number of them one level up; an odd last one stays.
    private mutating func halve(_ index: Int) {
        if index + 1 == levels.count { levels.append(Level()) }
        var values = levels[index].values
        var rest: [Double] = []
        if values.count % 2 == 1, let last = values.popLast() { rest.append(last) }
        values.sort()
        var place = levels[index].takesOdd ? 1 : 0
        while place < values.count {
            levels[index + 1].values.append(values[place])
            place += 2
        }
        levels[index].takesOdd.toggle()
        levels[index].values = rest
    }

    /// Takes over the other's numbers, level by level.
    public mutating func merge(_ other: QuantileSketch) {
        nanCount &+= other.nanCount
        while levels.count < other.levels.count { levels.append(Level()) }
        for (index, level) in other.levels.enumerated() { levels[index].values.append(contentsOf: level.values) }
        compact()
    }

    /// The number whose rank is next to q (n - 1), between the ones beside it as `quantile` has it while all are held.
    public func value(_ fraction: Double) -> Double? {
        if nanCount != 0 { return .nan }
        if levels.count == 1 {
            var exact = OrderStatistics()
            for value in levels[0].values { exact.append(value) }
            return exact.quantile(fraction)
        }
        var weighted: [(value: Double, weight: UInt64)] = []
        var total: UInt64 = 0
        for (index, level) in levels.enumerated() {
            let weight = UInt64(1) << UInt64(index)
            for value in level.values { weighted.append((value, weight)) }
            total &+= weight &* UInt64(level.values.count)
        }
        weighted.sort { $0.value < $1.value }
        let rank = fraction * Double(total &- 1)
        var below: UInt64 = 0
        for (value, weight) in weighted {
            below &+= weight
            if Double(below) > rank { return value }
        }
        return weighted.last?.value
    }

    /// Bytes of the numbers.
    public var byteCount: Int { levels.reduce(0) { $0 + $1.values.capacity * MemoryLayout<Double>.stride } }

    /// Writes the levels.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(nanCount)
        writer.write(UInt8(levels.count))
        for level in levels {
            writer.write(level.takesOdd)
            writer.write(UInt32(level.values.count))
            for value in level.values { writer.write(value) }
        }
    }

    /// Reads the levels.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        nanCount = try reader.readInt64()
        let count = Int(try reader.readUInt8())
        guard count >= 1, count <= Self.levelsMax else { throw .malformed }
        levels = []
        for _ in 0..<count {
            var level = Level()
            level.takesOdd = try reader.readBool()
            let size = try reader.read(UInt32.self)
            guard size < Self.levelMax else { throw .malformed }
            for _ in 0..<size {
                let value = try reader.readDouble()
                guard !value.isNaN else { throw .malformed }
                level.values.append(value)
            }
            levels.append(level)
        }
    }
}
