import Columnar
import QueryLang

/// Buckets of SAMPLE BY: half-open ranges of time, by number.
///
/// Those of one length begin at `offset`, `offset + step`, and so on. Those of a calendar are found by ``CalendarBuckets``.
struct Buckets: Sendable {
    let step: Int64
    /// Start of the bucket of number 0: at least 0, less than `step`.
    let offset: Int64
    /// Where buckets lie that differ in length; nil for even ones.
    let calendar: CalendarBuckets?
    /// The first bucket of all, which earlier times belong to as well; `Int64.min` if there is none.
    private(set) var first = Int64.min

    /// - Parameters:
    ///   - origin: a time at which a bucket begins.
    init(step: Int64, origin: Int64 = 0) {
        self.init(step: step, offset: origin &- floorDivide(origin, step) &* step, calendar: nil)
    }

    private init(step: Int64, offset: Int64, calendar: CalendarBuckets?) {
        self.step = step
        self.offset = offset
        self.calendar = calendar
    }

    /// The buckets of a SAMPLE BY.
    ///
    /// - Parameters:
    ///   - firstTime: the first observation, for buckets that are aligned to it.
    init(_ sampling: Sampling, firstTime: Int64? = nil) {
        guard var calendar = sampling.calendar else {
            self.init(step: sampling.step, origin: firstTime ?? sampling.origin)
            if let from = sampling.from { first = index(from) }
            return
        }
        if let firstTime { calendar.origin = firstTime }
        self.init(step: sampling.step, offset: 0, calendar: CalendarBuckets(calendar))
        if let from = sampling.from { first = index(from) }
    }

    /// Buckets with more rows than this are searched by galloping: below it, comparing every time with the next boundary
    /// is faster than a search that guesses wrong.
    private static let gallopRows = 256

    /// The number of a time's bucket.
    @inline(__always)
    func index(_ time: Int64) -> Int64 {
        if let calendar { return max(calendar.index(time), first) }
        let (shifted, overflow) = time.subtractingReportingOverflow(offset)
        return max(overflow ? indexOfEarliest(time) : floorDivide(shifted, step), first)
    }

    /// The number of the bucket of a time within `offset < step` of the first nanosecond.
    private func indexOfEarliest(_ time: Int64) -> Int64 {
        let index = floorDivide(time, step)
        return time &- index &* step >= offset ? index : index &- 1
    }

    /// The start of a bucket; the first of all starts before time does, so it gets the first nanosecond.
    @inline(__always)
    func start(_ index: Int64) -> Int64 {
        guard calendar == nil else { return Int64(clamping: wideStart(index)) }
        let (length, isBeyond) = index.multipliedReportingOverflow(by: step)
        let (start, overflow) = length.addingReportingOverflow(offset)
        return isBeyond || overflow ? Int64(clamping: wideStart(index)) : start
    }

    @inline(__always)
    private func wideStart(_ index: Int64) -> Int128 {
        if let calendar { return calendar.start(index) }
        return Int128(index) * Int128(step) + Int128(offset)
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
            bucket = calendar == nil && !overflow && beyond < step ? bucket &+ 1 : index(times[start])
        }
    }

    /// The start of the bucket that follows; nil if that is after all times.
    @inline(__always)
    func next(_ bucket: Int64) -> Int64? {
        Int64(exactly: max(wideStart(bucket &+ 1), Int128(Int64.min)))
    }

    @inline(__always)
    private static func end(_ times: UnsafeBufferPointer<Int64>, _ start: Int, _ next: Int64) -> Int {
        var end = start &+ 1
        while end < times.count, times[end] < next { end &+= 1 }
        return end
    }
}
