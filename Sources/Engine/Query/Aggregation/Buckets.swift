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
        var bucket = index(first)
        while true {
            guard let next = self.next(bucket) else { return body(bucket, start..<times.count) }
            let end = isLong ? Gallop.end(in: times, from: start) { $0 < next } : Self.end(times, start, next)
            body(bucket, start..<end)
            if end == times.count { return }
            start = end
            // Mostly the bucket that follows, which needs no division.
            let (beyond, overflow) = times[start].subtractingReportingOverflow(next)
            bucket = !overflow && beyond < step ? bucket &+ 1 : index(times[start])
        }
    }

    /// The start of the bucket that follows; nil if that is after all times.
    @inline(__always)
    private func next(_ bucket: Int64) -> Int64? {
        Int64(exactly: (Int128(bucket) &+ 1) &* Int128(step) &+ Int128(offset))
    }

    @inline(__always)
    private static func end(_ times: UnsafeBufferPointer<Int64>, _ start: Int, _ next: Int64) -> Int {
        var end = start &+ 1
        while end < times.count, times[end] < next { end &+= 1 }
        return end
    }
}
