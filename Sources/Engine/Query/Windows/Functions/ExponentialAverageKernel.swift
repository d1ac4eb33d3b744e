import Columnar
import QueryLang

/// `ema(x, n)`: seeded with the mean of the first `n` values, then `e + α (x − e)` with α = 2 / (n + 1), in order of the
/// rows, each step rounded as it is written here. NaN and infinities stay in it for the rest of the partition.
final class ExponentialAverageKernel: WindowKernel {
    private let length: Int
    private let alpha: Double
    private var seed = AverageFold()
    private var seedCount = 0
    private var average = 0.0
    /// The first row with an average.
    private var firstValue = Int.max
    private let averages = SlidingBuffer<Double>()

    init(count: Int) {
        length = max(count, 1)
        alpha = 2 / (Double(length) + 1)
    }

    func beginPartition() {
        seed = AverageFold()
        seedCount = 0
        firstValue = .max
        averages.reset()
    }

    func append(_ arguments: WindowArguments) {
        let vector = arguments.vectors[0]
        let count = arguments.rowCount
        let first = averages.end
        let target = averages.extend(by: count)
        let next = seedCount < length ? seedRows(vector, count, first, target) : 0
        if next == count { return }
        if vector.isNull {
            (target + next).initialize(repeating: average, count: count - next)
            return
        }
        let values = vector.float64Values
        var average = average
        if let validity = vector.validity {
            for index in next..<count {
                if validity[index] { average += alpha * (values.base[index] - average) }
                target[index] = average
            }
        } else {
            for index in next..<count {
                average += alpha * (values.base[index] - average)
                target[index] = average
            }
        }
        withExtendedLifetime(values) {}
        self.average = average
    }

    /// Takes the rows up to the one that completes the seed; returns the index after it.
    private func seedRows(_ vector: Vector, _ count: Int, _ first: Int, _ target: UnsafeMutablePointer<Double>) -> Int {
        let arguments = FoldArguments([vector], rowCount: count)
        for index in 0..<count {
            target[index] = 0
            if vector.isNull || !(vector.validity?[index] ?? true) { continue }
            seed.update(arguments, rows: index..<index + 1)
            seedCount += 1
            if seedCount == length {
                average = seed.value ?? .nan
                firstValue = first + index
                target[index] = average
                return index + 1
            }
        }
        return count
    }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        let count = runs.rowCount
        let first = runs.first?.rows.lowerBound ?? averages.first
        return try .doubles(count: count) { target, mask in
            target.initialize(from: averages.pointer(to: first), count: count)
            if firstValue > first { mask.setNull(0..<min(count, firstValue - first)) }
        }
    }

    func release(_ floor: FrameFloor) { averages.forget(before: floor.row) }

    var byteCount: Int { averages.byteCount }
}

extension ExponentialAverageKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        WindowMachine.writePart(into: &writer) { $0.write(state: seed) }
        writer.write(Int64(seedCount))
        writer.write(average)
        writer.write(Int64(firstValue))
        averages.encode(into: &writer)
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        try WindowMachine.readPart(from: &reader) { (part) throws(FoldStateError) in
            seed = try part.readFold(AverageFold.self)
        }
        seedCount = try reader.readNumber(upTo: length)
        average = try reader.readDouble()
        firstValue = try reader.readNumber(upTo: .max)
        try averages.decode(from: &reader, end: rows.rowCount)
        guard averages.first <= rows.floor.row, seedCount == length || firstValue == .max else { throw .malformed }
    }
}
