import Columnar
import QueryLang

/// The buckets of a SAMPLE BY by their starts, found in the plainest way.
struct SampleAxis {
    private let sampling: Sampling
    /// The first observation, if buckets are aligned to it.
    private let origin: Int64?

    init(_ sampling: Sampling, origin: Int64?) {
        self.sampling = sampling
        self.origin = origin
    }

    /// The start of the bucket of a time. The first one of all begins with time itself.
    func bucket(of time: Int64) -> Int64 {
        let start = Int64(exactly: wideBucket(of: time)) ?? .min
        return max(start, sampling.from.map { Int64(clamping: wideBucket(of: $0)) } ?? .min)
    }

    /// The starts of the buckets from one to another.
    func starts(from first: Int64, to last: Int64) -> [Int64] {
        var starts: [Int64] = []
        var next = Int128(first)
        var number = sampling.calendar == nil ? 0 : self.number(of: first)
        while next <= Int128(last) {
            starts.append(Int64(clamping: next))
            number += 1
            next = sampling.calendar == nil ? wideBucket(of: first) + number * Int128(sampling.step) : boundary(number)
        }
        return starts
    }

    private func wideBucket(of time: Int64) -> Int128 {
        if sampling.calendar != nil { return boundary(number(of: time)) }
        let distance = Int128(time) - Int128(origin ?? sampling.origin)
        let rest = ((distance % Int128(sampling.step)) + Int128(sampling.step)) % Int128(sampling.step)
        return Int128(time) - rest
    }

    // MARK: Calendars

    /// The last bucket of a calendar that begins at a time or before it, by trying.
    private func number(of time: Int64) -> Int128 {
        guard let calendar = sampling.calendar else { return 0 }
        let days = Int128(max(calendar.days, calendar.months * 28))
        // Too early a guess, by more than buckets and zones can be off.
        var number = (Int128(time) - Int128(origin ?? calendar.origin)) / (days * Int128(CivilTime.day))
        while boundary(number) > Int128(time) { number -= number.magnitude > 64 ? Int128(number.magnitude / 16) : 1 }
        while boundary(number + 1) <= Int128(time) { number += 1 }
        return number
    }

    /// Where a bucket of a calendar begins.
    private func boundary(_ number: Int128) -> Int128 {
        guard let calendar = sampling.calendar else { return 0 }
        let start = CivilTime(nanoseconds: origin ?? calendar.origin)
        var days = Int128(CivilTime.days(year: start.year, month: start.month, day: 1))
        if calendar.months == 0 {
            days += Int128(start.day - 1) + number * Int128(calendar.days)
        } else {
            // Month by month, as one would by hand.
            var (year, month) = (start.year, start.month)
            for _ in 0..<Int((number * Int128(calendar.months)).magnitude) {
                month += number < 0 ? -1 : 1
                if month == 0 { (year, month) = (year - 1, 12) }
                if month == 13 { (year, month) = (year + 1, 1) }
            }
            let day = min(start.day, CivilTime.daysInMonth(year: year, month: month))
            days = Int128(CivilTime.days(year: year, month: month, day: day))
        }
        let local = days * Int128(CivilTime.day) + Int128(start.nanosecondOfDay)
        return instant(local, calendar.zone ?? .utc)
    }

    /// When a clock shows a time first; when it skips the time, the moment of the skip, or as long after it.
    private func instant(_ local: Int128, _ zone: ZoneRules) -> Int128 {
        guard Int64(exactly: local) != nil else { return local }
        func offset(_ time: Int128) -> Int128 { Int128(zone.offset(atUTC: Int64(clamping: time))) }
        let day = Int128(CivilTime.day)
        let (before, after) = (local - offset(local - day), local - offset(local + day))
        let shown = [before, after].filter { $0 + offset($0) == local }
        return shown.min() ?? before
    }
}
