import CKernels
import Columnar
import QueryLang

/// Sums and means over frames of a numeric column, as ``SumFold`` and ``AverageFold`` have them: exact for decimals and
/// integers, then the nearest double; compensated for doubles. A column may have both, in different rows.
final class FrameSums {
    /// What is computed of a frame.
    enum Measure {
        /// The sum.
        case sum
        /// The sum over the number of values.
        case mean
    }

    private let decimals = DecimalFrames()
    private let doubles: DoubleFrames

    /// `startsWithPartition`: whether all frames begin with the first row.
    init(startsWithPartition: Bool) {
        doubles = DoubleFrames(startsWithPartition: startsWithPartition)
        doubles.reset()
    }

    /// Forgets the partition before.
    func beginPartition() {
        decimals.reset()
        doubles.reset()
    }

    var byteCount: Int { decimals.byteCount + doubles.byteCount }

    /// Takes the next rows.
    func append(_ vector: Vector) {
        switch vector.form {
        case .scaledInteger(let mantissas, let scale):
            decimals.append(mantissas, scale: scale, validity: vector.validity)
            doubles.appendNothing(vector.count)
        case .int64, .sequence, .constant(.int64, _), .constant(.timestamp, _):
            decimals.append(vector.int64Values, scale: 0, validity: vector.validity)
            doubles.appendNothing(vector.count)
        case .float64, .constant(.float64, _):
            decimals.appendNothing(vector.count)
            doubles.append(vector.float64Values, validity: vector.validity)
        case .boolean, .dictionary, .text, .constant:
            decimals.appendNothing(vector.count)
            doubles.appendNothing(vector.count)
        }
    }

    /// Frames to come are above a floor.
    func release(_ floor: FrameFloor) {
        decimals.release(floor)
        doubles.release(floor)
    }

    /// Writes a measure of frames from `offset` on, and marks those without a value.
    func write(
        _ measure: Measure,
        _ run: FrameRun,
        to target: UnsafeMutablePointer<Double>,
        _ mask: inout ValidityMask,
        offset: Int
    ) {
        let decimalCount = decimals.counts.count(in: run.span)
        let doubleCount = doubles.counts.count(in: run.span)
        if doubleCount == 0 {
            doubles.skip()
            let counts = decimals.counts.counts(run)
            if decimalCount > 0 { Self.write(measure, decimals.sums(run), counts, run, to: target + offset) }
            mask.setNull(whereEmpty: decimals.counts, counts, run, offset: offset)
        } else if decimalCount == 0 {
            let counts = doubles.counts.counts(run)
            doubles.sums(run, counts, into: target + offset)
            if case .mean = measure {
                switch counts {
                case .constant(let count): for index in 0..<run.count { target[offset &+ index] /= Double(count) }
                case .listed(let counts):
                    for index in 0..<run.count { target[offset &+ index] /= Double(counts[index]) }
                }
            }
            mask.setNull(whereEmpty: doubles.counts, counts, run, offset: offset)
        } else {
            writeMixed(measure, run, to: target + offset, &mask, offset: offset)
        }
    }

    /// Frames of which some hold both decimals and doubles.
    private func writeMixed(
        _ measure: Measure,
        _ run: FrameRun,
        to target: UnsafeMutablePointer<Double>,
        _ mask: inout ValidityMask,
        offset: Int
    ) {
        let decimalCounts = decimals.counts.counts(run)
        let doubleCounts = doubles.counts.counts(run)
        let exact = decimals.sums(run)
        doubles.sums(run, doubleCounts, into: target)
        for index in 0..<run.count {
            let count = decimalCounts[index] + doubleCounts[index]
            if count == 0 {
                mask.setNull(offset + index)
            } else if doubleCounts[index] == 0 {
                target[index] = Self.value(measure, exact.sum(index), count: count)
            } else {
                if decimalCounts[index] > 0 { target[index] += exact.sum(index).double }
                if case .mean = measure { target[index] /= Double(count) }
            }
        }
    }
}

/// Integer results.
extension FrameSums {
    /// Writes the sums of frames of an integer column from `offset` on, and marks those without a value.
    func writeIntegers(
        _ run: FrameRun,
        to target: UnsafeMutablePointer<Int64>,
        _ mask: inout ValidityMask,
        offset: Int
    ) throws(QueryError) {
        let counts = decimals.counts.counts(run)
        if decimals.counts.count(in: run.span) > 0 {
            let sums = decimals.sums(run)
            if case .narrow(let starts, let ends, _, _) = sums {
                for index in 0..<run.count { target[offset &+ index] = ends[index] &- starts[index] }
            } else {
                for index in 0..<run.count {
                    target[offset &+ index] = try IntegerSumFold.result(sums.integer(index))
                }
            }
        }
        mask.setNull(whereEmpty: decimals.counts, counts, run, offset: offset)
    }
}

/// Rounding of exact results.
extension FrameSums {
    /// What the kernels turn into doubles.
    private static let smallMax: UInt64 = 1 << 51
    /// Up to here doubles have all integers.
    private static let exactMax: UInt64 = 1 << 53

    private static func write(
        _ measure: Measure,
        _ sums: ExactSums,
        _ counts: FrameCounts,
        _ run: FrameRun,
        to target: UnsafeMutablePointer<Double>
    ) {
        guard case .narrow(let starts, let ends, let bound, let scale) = sums, bound <= smallMax,
            let power = exactPower(measure, run, scale: scale)
        else {
            for index in 0..<run.count where counts[index] > 0 {
                target[index] = value(measure, sums, index, count: counts[index])
            }
            return
        }
        // Both sides of each division are exact, so it rounds correctly.
        switch (measure, counts) {
        case (.sum, _): tickgate_quotients(starts, ends, run.count, power, TICKGATE_BEST, target)
        case (.mean, .constant(let count)):
            tickgate_quotients(starts, ends, run.count, Double(count) * power, TICKGATE_BEST, target)
        case (.mean, .listed(let counts)):
            tickgate_means(starts, ends, counts, run.count, power, TICKGATE_BEST, target)
        }
    }

    /// The power of ten of a scale, if it and its product with any number of values of a frame are exact.
    private static func exactPower(_ measure: Measure, _ run: FrameRun, scale: Int) -> Double? {
        guard scale <= ScaledInteger.scaleMax else { return nil }
        let power = ScaledInteger.powersOfTen[scale]
        guard case .mean = measure else { return power }
        // What is exact is the product with the power of five.
        let five = UInt64(power / Double(1 << scale))
        func isExact(_ count: Int) -> Bool {
            let (product, overflow) = five.multipliedReportingOverflow(by: UInt64(count))
            return !overflow && product <= exactMax
        }
        return isExact(run.span.count) || isExact(run.longest()) ? power : nil
    }

    private static func value(_ measure: Measure, _ sums: ExactSums, _ index: Int, count: Int) -> Double {
        guard case .narrow(let starts, let ends, _, let scale) = sums, scale <= ScaledInteger.scaleMax else {
            return value(measure, sums.sum(index), count: count)
        }
        let sum = ends[index] &- starts[index]
        var divisor = NearestDouble.powersOfTen[scale]
        if case .mean = measure { divisor *= UInt128(count) }
        let magnitude =
            if let divisor = UInt64(exactly: divisor) {
                NearestDouble.quotient(sum.magnitude, divisor)
            } else {
                NearestDouble.quotient(UInt128(sum.magnitude), divisor)
            }
        return sum < 0 ? -magnitude : magnitude
    }

    private static func value(_ measure: Measure, _ sum: DecimalSum, count: Int) -> Double {
        guard case .mean = measure else { return sum.double }
        var divisor = DecimalSum()
        divisor.add(Int64(count), scale: 0)
        return sum.divided(by: divisor)
    }
}

extension IntegerSumFold {
    /// A sum as an integer; an error if it does not fit.
    static func result(_ sum: Int128) throws(QueryError) -> Int64 {
        guard let value = Int64(exactly: sum) else {
            throw QueryError(
                .limit,
                "sum() of int64 does not fit in 64 bits",
                hint: "sum doubles instead, for example sum(x * 1.0)"
            )
        }
        return value
    }
}

extension FrameSums {
    func encode(into writer: inout FoldStateWriter) {
        decimals.encode(into: &writer)
        doubles.encode(into: &writer)
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        try decimals.decode(from: &reader, rows)
        try doubles.decode(from: &reader, rows)
    }
}
