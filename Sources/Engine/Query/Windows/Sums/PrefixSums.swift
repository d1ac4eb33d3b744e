import CKernels
import Columnar

/// Exact sums of integers over frames, as differences of running sums.
///
/// Running sums wrap modulo 2^64, and so do their differences; a difference is right if the sum itself fits, which a bound on
/// the magnitude of the values proves for whole batches at once. The first frame whose sum may not fit makes running sums
/// of 128 bits from the values that are kept (the values are the differences of neighbours), and from then on they go along.
final class PrefixSums {
    /// Decimals of the integers.
    let scale: Int
    /// No value that is kept has a larger magnitude.
    private(set) var magnitude = MagnitudeBound()
    /// Sum `i` is of the rows before row `i`, modulo 2^64.
    private let sums = SlidingBuffer<Int64>()
    /// The same without the modulus; nil until they are needed.
    private var wideSums: SlidingBuffer<Int128>?
    /// The sum of all rows.
    private var total: Int128 = 0
    private let starts = Scratch<Int64>()
    private let ends = Scratch<Int64>()
    private let wideStarts = Scratch<Int128>()
    private let wideEnds = Scratch<Int128>()

    /// Sums of rows so far that had no value, of which those from `first` on are kept.
    init(scale: Int, first: Int, rowCount: Int) {
        self.scale = scale
        sums.reset(at: first)
        sums.extend(by: rowCount - first + 1).initialize(repeating: 0, count: rowCount - first + 1)
    }

    private var rowCount: Int { sums.end - 1 }

    var byteCount: Int { sums.byteCount + (wideSums?.byteCount ?? 0) }

    /// Takes the next rows.
    func append(_ values: UnsafePointer<Int64>, count: Int) {
        if count == 0 { return }
        let before = sums[rowCount]
        let target = sums.extend(by: count)
        let bound = tickgate_running_sums(values, count, before, TICKGATE_BEST, target) + 1
        magnitude.note(bound)
        if self.bound(bound, rows: count) != nil {
            total &+= Int128(target[count - 1] &- before)
        } else {
            for index in 0..<count { total &+= Int128(values[index]) }
        }
        if let wideSums { extend(wideSums, from: before, target, count) }
    }

    /// Takes rows without a value.
    func appendNothing(_ count: Int) {
        let last = sums[rowCount]
        sums.extend(by: count).initialize(repeating: last, count: count)
        if let wideSums {
            let last = wideSums[wideSums.end - 1]
            wideSums.extend(by: count).initialize(repeating: last, count: count)
        }
    }

    /// Frames to come are above a floor.
    func release(_ floor: FrameFloor) {
        if let start = floor.start { magnitude.release(before: start, rowCount: rowCount) }
        sums.forget(before: min(floor.firstEdge, rowCount))
        wideSums?.forget(before: min(floor.firstEdge, rowCount))
    }
}

extension PrefixSums {
    /// The sums of frames.
    enum Sums {
        /// `ends[i] &- starts[i]` each; no magnitude is above the bound, which is below 2^63.
        case narrow(starts: UnsafePointer<Int64>, ends: UnsafePointer<Int64>, bound: UInt64)
        /// `ends[i] - starts[i]` each.
        case wide(starts: UnsafePointer<Int128>, ends: UnsafePointer<Int128>)

        /// The sum of the frame at an index.
        @inline(__always)
        subscript(index: Int) -> Int128 {
            switch self {
            case .narrow(let starts, let ends, _): Int128(ends[index] &- starts[index])
            case .wide(let starts, let ends): ends[index] &- starts[index]
            }
        }
    }

    /// The sums of frames; valid until the next call.
    func sums(of run: FrameRun) -> Sums {
        if wideSums == nil {
            // First a bound that costs nothing: no frame is longer than all of them together.
            var bound = bound(magnitude.value, rows: run.span.count)
            if bound ?? .max > Self.looseMax { bound = self.bound(magnitude.value, rows: run.longest()) }
            if let bound {
                return .narrow(
                    starts: sums.values(at: run.start, count: run.count, scratch: starts),
                    ends: sums.values(at: run.end, count: run.count, scratch: ends),
                    bound: bound
                )
            }
        }
        let wide = wideSums ?? widen()
        return .wide(
            starts: wide.values(at: run.start, count: run.count, scratch: wideStarts),
            ends: wide.values(at: run.end, count: run.count, scratch: wideEnds)
        )
    }

    /// Above this it pays to look for the longest frame: sums of at most 2^51 are rounded the fast way.
    private static let looseMax: UInt64 = 1 << 51

    /// A bound on the sum of so many values; nil if that may not fit in 64 bits.
    private func bound(_ magnitude: UInt64, rows: Int) -> UInt64? {
        let (bound, overflow) = magnitude.multipliedReportingOverflow(by: UInt64(rows))
        return overflow || bound >= 1 << 63 ? nil : bound
    }

    /// Makes sums of 128 bits, from the last one backwards: that one is known.
    private func widen() -> SlidingBuffer<Int128> {
        let wide = SlidingBuffer<Int128>()
        wide.reset(at: sums.first)
        let target = wide.extend(by: sums.count)
        let narrow = sums.pointer(to: sums.first)
        target[sums.count - 1] = total
        for index in stride(from: sums.count - 2, through: 0, by: -1) {
            target[index] = target[index + 1] &- Int128(narrow[index + 1] &- narrow[index])
        }
        wideSums = wide
        return wide
    }

    private func extend(
        _ wide: SlidingBuffer<Int128>,
        from first: Int64,
        _ narrow: UnsafeMutablePointer<Int64>,
        _ count: Int
    ) {
        var sum = wide[wide.end - 1]
        var before = first
        let target = wide.extend(by: count)
        for index in 0..<count {
            sum &+= Int128(narrow[index] &- before)
            before = narrow[index]
            target[index] = sum
        }
    }
}

extension PrefixSums {
    func encode(into writer: inout FoldStateWriter) {
        magnitude.encode(into: &writer)
        sums.encode(into: &writer)
        writer.write(total)
        writer.write(wideSums != nil)
        wideSums?.encode(into: &writer)
    }

    func decode(from reader: inout FoldStateReader, rowCount: Int, floor: Int) throws(FoldStateError) {
        try magnitude.decode(from: &reader, rowCount: rowCount)
        try sums.decode(from: &reader, end: rowCount + 1)
        total = try reader.read(Int128.self)
        wideSums = nil
        guard sums.first <= min(floor, rowCount) else { throw .malformed }
        guard try reader.readBool() else { return }
        let wide = SlidingBuffer<Int128>()
        try wide.decode(from: &reader, end: rowCount + 1)
        guard wide.first <= min(floor, rowCount) else { throw .malformed }
        wideSums = wide
    }
}
