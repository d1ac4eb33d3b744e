import Columnar

/// The intervals of time that a text names, in QuestDB's words: `interval[;length[;period;count]]`.
///
/// The length moves the end of the interval, back if it is negative; then the whole is taken `count` times, each one period
/// after the other: `'2024-03-08T14:30;1m;1d;3'` is 14:30 to 14:32 of three days in a row.
enum TimeIntervals {
    /// Intervals that one text can name: as many as a list can have values.
    private static let countMax = UInt64(QueryLimits.listValuesMax)

    /// Whether a text says more than an interval.
    static func isCompound(_ text: String) -> Bool { text.utf8.contains(UInt8(ascii: ";")) }

    /// The intervals, sorted and disjoint; none if they are all empty.
    static func ranges(_ text: String, _ span: SourceSpan) throws(QueryError) -> [TimeRange] {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        let base = try TypeRules.interval(parts[0], span)
        guard parts.count == 2 || parts.count == 4 else {
            throw wrong(text, span)
        }
        guard let length = SignedInterval(parts[1]), let end = moved(base.end, by: length, times: 1) else {
            throw noLength(parts[1], span)
        }
        guard parts.count == 4 else { return disjoint([(Int128(base.start), end)]) }
        guard let period = SignedInterval(parts[2]) else {
            throw noLength(parts[2], span)
        }
        guard let count = UInt64(parts[3]), (1...countMax).contains(count) else {
            throw QueryError(
                .type,
                "'\(QueryDiagnostic.shortened(parts[3]))' is no number of intervals from 1 to \(countMax)",
                at: span
            )
        }
        var ranges: [(Int128, Int128)] = []
        for index in 0..<Int64(count) {
            guard let first = moved(base.start, by: period, times: index),
                let last = moved(end, by: period, times: index)
            else { throw wrong(text, span) }
            ranges.append((first, last))
        }
        return disjoint(ranges)
    }

    private static let example = "for example '2024-03-08T14:30;1m;1d;3': interval, length, period, count"

    private static func noLength(_ text: String, _ span: SourceSpan) -> QueryError {
        QueryError(.type, "'\(QueryDiagnostic.shortened(text))' is no length of time", at: span, hint: example)
    }

    private static func wrong(_ text: String, _ span: SourceSpan) -> QueryError {
        QueryError(.type, "'\(QueryDiagnostic.shortened(text))' is no set of intervals", at: span, hint: example)
    }

    private static func moved(_ time: Int64, by length: SignedInterval, times count: Int64) -> Int128? {
        moved(Int128(time), by: length, times: count)
    }

    private static func moved(_ time: Int128, by length: SignedInterval, times count: Int64) -> Int128? {
        if let nanoseconds = length.nanoseconds { return time + Int128(nanoseconds) * Int128(count) }
        guard let months = length.months else { return nil }
        let (total, overflow) = months.multipliedReportingOverflow(by: Int(count))
        guard !overflow else { return nil }
        return Int128(CivilTime.adding(months: total, to: Int64(clamping: time)))
    }

    private static func disjoint(_ ranges: [(Int128, Int128)]) -> [TimeRange] {
        let closed = ranges.compactMap { start, end -> ClosedRange<Int64>? in
            guard start < end, end > Int128(Int64.min), start <= Int128(Int64.max) else { return nil }
            return Int64(clamping: start)...Int64(clamping: end == Int128(Int64.max) ? end : end - 1)
        }
        return TimeSet(unsorted: closed).ranges.ranges
    }
}

extension CivilTime {
    /// The same time of day so many months later; the last day of a month that is too short for the day. Clipped to Int64.
    static func adding(months: Int, to time: Int64) -> Int64 {
        let civil = CivilTime(nanoseconds: time)
        // Past 10,000 years nothing fits nanoseconds in Int64.
        let total = civil.year * 12 + civil.month - 1 + min(max(months, -120_000), 120_000)
        let year = total >= 0 ? total / 12 : (total - 11) / 12
        let month = total - year * 12 + 1
        let day = min(civil.day, CivilTime.daysInMonth(year: year, month: month))
        let days = CivilTime.days(year: year, month: month, day: day)
        return Int64(clamping: Int128(days) * Int128(CivilTime.day) + Int128(civil.nanosecondOfDay))
    }
}
