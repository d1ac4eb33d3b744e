import Columnar
import QueryLang

/// Buckets of SAMPLE BY: half-open ranges of `step` nanoseconds that begin at `offset`, `offset + step`, and so on.
struct Buckets: Sendable {
    let step: Int64
    /// Start of the bucket of number 0: at least 0, less than `step`.
    let offset: Int64

    /// - Parameters:
    ///   - origin: a time at which a bucket begins.
    init(step: Int64, origin: Int64 = 0) {
        self.step = step
        self.offset = origin &- floorDivide(origin, step) &* step
    }

    /// Buckets with more rows than this are searched by galloping: below it, comparing every time with the next boundary
    /// is faster than a search that guesses wrong.
    private static let gallopRows = 256

    /// The number of a time's bucket.
    @inline(__always)
    func index(_ time: Int64) -> Int64 {
        let (shifted, overflow) = time.subtractingReportingOverflow(offset)
        return overflow ? indexOfEarliest(time) : floorDivide(shifted, step)
    }

    /// The number of the bucket of a time within `offset < step` of the first nanosecond.
    private func indexOfEarliest(_ time: Int64) -> Int64 {
        let index = floorDivide(time, step)
        return time &- index &* step >= offset ? index : index &- 1
    }

    /// The start of a bucket; the first of all starts before time does, so it gets the first nanosecond.
    @inline(__always)
    func start(_ index: Int64) -> Int64 {
        let start = Int128(index) * Int128(step) + Int128(offset)
        return Int64(clamping: start)
    }

    /// Calls `body` with the bucket number and the rows of each bucket in ascending times.
    @inline(__always)
    func forEachRun(_ times: UnsafeBufferPointer<Int64>, _ body: (Int64, Range<Int>) -> Void) {
        guard let first = times.first, let last = times.last else { return }
        let spanned = index(last) &- index(first) &+ 1
        let isLong = spanned > 0 && Int64(times.count) / spanned > Int64(Self.gallopRows)
        var start = 0
        while start < times.count {
            let bucket = index(times[start])
            let end = end(of: bucket, times, from: start, isLong: isLong)
            body(bucket, start..<end)
            start = end
        }
    }

    @inline(__always)
    private func end(of bucket: Int64, _ times: UnsafeBufferPointer<Int64>, from start: Int, isLong: Bool) -> Int {
        let following = Int128(bucket) &+ 1
        guard let next = Int64(exactly: following &* Int128(step) &+ Int128(offset)) else { return times.count }
        if isLong { return Gallop.end(in: times, from: start) { $0 < next } }
        var end = start &+ 1
        while end < times.count, times[end] < next { end &+= 1 }
        return end
    }
}
