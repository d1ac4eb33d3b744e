import Columnar

/// Buckets of SAMPLE BY: half-open ranges of `step` nanoseconds, counted from the Unix epoch.
struct Buckets {
    let step: Int64

    /// Buckets with more rows than this are searched by galloping: below it, comparing every time with the next boundary
    /// is faster than a search that guesses wrong.
    private static let gallopRows = 64

    /// The number of a time's bucket.
    @inline(__always)
    func index(_ time: Int64) -> Int64 { floorDivide(time, step) }

    /// The start of a bucket; the first of all starts before time does, so it gets the first nanosecond.
    @inline(__always)
    func start(_ index: Int64) -> Int64 {
        let (start, overflow) = index.multipliedReportingOverflow(by: step)
        return overflow ? .min : start
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
            let (following, overflow) = bucket.addingReportingOverflow(1)
            let (next, overflow2) = following.multipliedReportingOverflow(by: step)
            var end = times.count
            if !overflow, !overflow2 {
                if isLong {
                    end = Gallop.end(in: times, from: start) { $0 < next }
                } else {
                    end = start &+ 1
                    while end < times.count, times[end] < next { end &+= 1 }
                }
            }
            body(bucket, start..<end)
            start = end
        }
    }
}
