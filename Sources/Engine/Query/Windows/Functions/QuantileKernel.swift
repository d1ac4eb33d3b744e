import Columnar
import QueryLang

/// `median(x)` and `quantile(x, q)` with a constant q: the values of the frame in order, of which ``QuantileFold`` and this take
/// the same two.
final class QuantileKernel: WindowKernel {
    private let fraction: Double
    private let rows = KeptArguments()
    private var values = SortedNumbers()
    private var nanCount = 0
    private var frame = 0..<0

    /// `fraction` is from 0 to 1.
    init(fraction: Double) { self.fraction = fraction }

    func beginPartition() {
        rows.reset()
        forgetValues()
        frame = 0..<0
    }

    private func forgetValues() {
        values.removeAll()
        nanCount = 0
    }

    func append(_ arguments: WindowArguments) { rows.append(arguments) }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        try .doubles(count: runs.rowCount) { target, mask in
            var place = 0
            for run in runs {
                for index in 0..<run.count {
                    move(to: run.start[index]..<run.end[index])
                    let value = quantile()
                    target[place] = value ?? 0
                    if value == nil { mask.setNull(place) }
                    place += 1
                }
            }
        }
    }

    private func quantile() -> Double? {
        if nanCount != 0 { return .nan }
        let place = Double(values.count - 1) * fraction
        let rank = min(Int(max(place, 0)), values.count - 1)
        guard let low = values[rank] else { return nil }
        let weight = place - Double(rank)
        guard weight > 0, let high = values[rank + 1], high != low else { return low }
        return low * (1 - weight) + high * weight
    }

    private func move(to next: Range<Int>) {
        if next.lowerBound >= frame.upperBound {
            forgetValues()
            frame = next.lowerBound..<next.lowerBound
        }
        forEachValue(frame.lowerBound..<next.lowerBound) { value in
            if value.isNaN { nanCount -= 1 } else { values.remove(value) }
        }
        let end = max(frame.upperBound, next.upperBound)
        forEachValue(frame.upperBound..<end) { value in
            if value.isNaN { nanCount += 1 } else { values.insert(value) }
        }
        frame = next.lowerBound..<end
    }

    private func forEachValue(_ range: Range<Int>, _ body: (Double) -> Void) {
        rows.forEachPart(of: range) { _, arguments, part in
            guard let argument = arguments.first, !argument.isNull else { return }
            // -0 becomes 0, so that the order of equals does not show.
            for row in part where argument.isValid(row) { body(argument.double(row) + 0) }
        }
    }

    /// What was taken leaves only when the next frame is known.
    func release(_ floor: FrameFloor) { rows.forget(before: min(frame.lowerBound, floor.firstRow)) }

    var byteCount: Int { rows.byteCount + values.byteCount }
}

extension QuantileKernel {
    /// The order of the values is that of the rows, and is found again.
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        writer.write(Int64(frame.lowerBound))
        writer.write(Int64(frame.upperBound))
        self.rows.encode(into: &writer, from: min(frame.lowerBound, rows.floor.firstRow))
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        let lower = try reader.readNumber(upTo: rows.rowCount)
        let upper = try reader.readNumber(upTo: rows.rowCount)
        guard lower <= upper else { throw .malformed }
        try self.rows.decode(from: &reader, rowCount: rows.rowCount, floor: min(lower, rows.floor.firstRow))
        frame = lower..<lower
        move(to: lower..<upper)
    }
}
