import CKernels
import Columnar

/// Values of some rows as doubles, one after the other, as the loops of kernels take them.
struct DoubleChunk {
    /// How many rows.
    let count: Int
    /// The first argument.
    let a: UnsafePointer<Double>
    /// The second; the first again if there is none.
    let b: UnsafePointer<Double>
    /// The third; the first again if there is none.
    let c: UnsafePointer<Double>
    /// The fourth; the first again if there is none.
    let d: UnsafePointer<Double>
    /// Buffers of the caller's.
    fileprivate let scratch: UnsafeMutablePointer<Double>
    fileprivate let width: Int

    /// A buffer of the caller's with room for two doubles more than rows.
    func scratch(_ index: Int) -> UnsafeMutablePointer<Double> { scratch + index &* width }
}

/// Cuts rows into chunks of doubles: decimals are converted some hundred at a time, rows without a value are left out.
///
/// So the loops of folds go over plain arrays, whatever form the arguments come in, and a fold that is generic calls its kind once
/// a chunk and not once a row.
enum DoubleChunks {
    /// One to four arguments.
    typealias Arguments = (
        FoldArguments.Argument, FoldArguments.Argument?, FoldArguments.Argument?, FoldArguments.Argument?
    )

    /// Rows of a chunk: few enough that chunks stay in the first-level cache.
    static let rowsMax = 256
    /// Below so many rows a loop is cheaper than the calls of kernels.
    private static let kernelRowsMin = 8

    /// Calls `body` with the values of the rows in which the first `count` arguments have one, in order.
    ///
    /// - Parameters:
    ///   - count: how many arguments are looked at, from 1 to 4.
    ///   - scratch: how many buffers the body needs.
    static func forEach(
        _ arguments: borrowing FoldArguments,
        _ rows: Range<Int>,
        count: Int = 1,
        scratch: Int = 0,
        _ body: (DoubleChunk) -> Void
    ) {
        guard let a = arguments.first else { return }
        let others = (arguments.second, arguments.third, arguments.fourth)
        guard count < 2 || others.0 != nil, count < 3 || others.1 != nil, count < 4 || others.2 != nil else { return }
        forEach(
            (a, count > 1 ? others.0 : nil, count > 2 ? others.1 : nil, count > 3 ? others.2 : nil),
            rows,
            scratch: scratch,
            body
        )
    }

    /// Calls `body` with the values of the rows in which all these arguments have one, in order.
    static func forEach(
        _ arguments: Arguments,
        _ rows: Range<Int>,
        scratch: Int = 0,
        _ body: (DoubleChunk) -> Void
    ) {
        let (a, b, c, d) = arguments
        if rows.isEmpty || a.isNull || b?.isNull ?? false || c?.isNull ?? false || d?.isNull ?? false { return }
        let width = min(rows.count, rowsMax) + 2
        withUnsafeTemporaryAllocation(of: Double.self, capacity: width * (4 + scratch)) { memory in
            let base = memory.baseAddress.unsafelyUnwrapped  // not empty
            let targets = (base, base + width, base + 2 * width, base + 3 * width)
            var start = rows.lowerBound
            while start < rows.upperBound {
                let part = start..<min(start &+ rowsMax, rows.upperBound)
                start = part.upperBound
                let first = doubles(a, part, targets.0)
                var values = (first, first, first, first)
                if let b { values.1 = doubles(b, part, targets.1) }
                if let c { values.2 = doubles(c, part, targets.2) }
                if let d { values.3 = doubles(d, part, targets.3) }
                var kept = part.count
                if a.validity != nil || b?.validity != nil || c?.validity != nil || d?.validity != nil {
                    kept = 0
                    for row in part {
                        guard a.isValid(row), b?.isValid(row) ?? true, c?.isValid(row) ?? true, d?.isValid(row) ?? true
                        else { continue }
                        let index = row &- part.lowerBound
                        targets.0[kept] = values.0[index]
                        targets.1[kept] = values.1[index]
                        targets.2[kept] = values.2[index]
                        targets.3[kept] = values.3[index]
                        kept &+= 1
                    }
                    if kept == 0 { continue }
                    values = (
                        UnsafePointer(targets.0), UnsafePointer(targets.1), UnsafePointer(targets.2),
                        UnsafePointer(targets.3)
                    )
                }
                body(
                    DoubleChunk(
                        count: kept,
                        a: values.0,
                        b: values.1,
                        c: values.2,
                        d: values.3,
                        scratch: base + 4 * width,
                        width: width
                    )
                )
            }
        }
    }

    /// The values of rows: where they lie, or converted into `target`. What stands where there is no value means nothing.
    private static func doubles(
        _ argument: FoldArguments.Argument,
        _ rows: Range<Int>,
        _ target: UnsafeMutablePointer<Double>
    ) -> UnsafePointer<Double> {
        switch argument.values {
        case .float64(let base): return base + rows.lowerBound
        case .int64(let base): convert(base + rows.lowerBound, rows.count, 0, target)
        case .decimal(let base, let scale): convert(base + rows.lowerBound, rows.count, scale, target)
        case .sequence, .other, .nulls:
            for index in 0..<rows.count { target[index] = argument.double(rows.lowerBound &+ index) }
        }
        return UnsafePointer(target)
    }

    private static func convert(
        _ mantissas: UnsafePointer<Int64>,
        _ count: Int,
        _ scale: Int,
        _ target: UnsafeMutablePointer<Double>
    ) {
        if count >= kernelRowsMin, tickgate_magnitude_bits(mantissas, count, TICKGATE_BEST) < 1 << 51 {
            tickgate_decimal_doubles(mantissas, count, ScaledInteger.powersOfTen[scale], TICKGATE_BEST, target)
        } else {
            for index in 0..<count { target[index] = ScaledInteger.double(mantissas[index], scale: scale) }
        }
    }
}
