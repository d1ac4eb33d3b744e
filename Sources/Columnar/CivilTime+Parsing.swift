extension CivilTime {
    /// Reads an ISO 8601 timestamp, whole or cut off after any field, as the interval that it names.
    ///
    /// `2024` is a year, `2024-08-08T23:55` a minute, `2024-08-08T23:55:10.5` a tenth of a second. `T` may be a space; a
    /// zone is `Z`, `±hh`, `±hhmm` or `±hh:mm` and needs a time of day. Bytes outside the grammar, days that do not exist, and
    /// intervals outside Int64 nanoseconds (years 1677 to 2262) give nil; one that is partly outside is clipped.
    public static func interval(_ text: some StringProtocol) -> TimeRange? {
        var reader = CivilTimeReader(bytes: Array(text.utf8))
        return reader.interval()
    }
}

/// Cursor over the bytes of a timestamp.
private struct CivilTimeReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private var isAtEnd: Bool { position == bytes.count }

    private mutating func take(_ character: Character) -> Bool {
        guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func digits(_ count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        var value = 0
        for offset in 0..<count {
            let digit = bytes[position + offset]
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        position += count
        return value
    }

    mutating func interval() -> TimeRange? {
        guard let year = digits(4) else { return nil }
        if isAtEnd { return days(year: year, month: 1, day: 1, nextYear: year + 1, nextMonth: 1, nextDay: 1) }
        guard take("-"), let month = digits(2), month >= 1, month <= 12 else { return nil }
        if isAtEnd {
            let next = month == 12 ? (year + 1, 1) : (year, month + 1)
            return days(year: year, month: month, day: 1, nextYear: next.0, nextMonth: next.1, nextDay: 1)
        }
        guard take("-"), let day = digits(2), day >= 1, day <= CivilTime.daysInMonth(year: year, month: month)
        else { return nil }
        let dayNumber = Int64(CivilTime.days(year: year, month: month, day: day))
        if isAtEnd { return range(day: dayNumber, nanosecond: 0, length: CivilTime.day, zone: 0) }
        guard take("T") || take(" ") else { return nil }
        return timeOfDay(day: dayNumber)
    }

    private mutating func timeOfDay(day: Int64) -> TimeRange? {
        guard let hours = digits(2), hours < 24 else { return nil }
        var nanosecond = Int64(hours) * CivilTime.hour
        var length = CivilTime.hour
        if take(":") {
            guard let minutes = digits(2), minutes < 60 else { return nil }
            nanosecond += Int64(minutes) * CivilTime.minute
            length = CivilTime.minute
            if take(":") {
                guard let seconds = digits(2), seconds < 60 else { return nil }
                nanosecond += Int64(seconds) * CivilTime.second
                length = CivilTime.second
                if take(".") {
                    guard let fraction = fraction() else { return nil }
                    nanosecond += fraction.value
                    length = fraction.unit
                }
            }
        }
        guard let zone = zone(), isAtEnd else { return nil }
        return range(day: day, nanosecond: nanosecond, length: length, zone: zone)
    }

    private mutating func fraction() -> (value: Int64, unit: Int64)? {
        var value: Int64 = 0
        var unit = CivilTime.second
        var count = 0
        while let digit = digits(1) {
            count += 1
            guard count <= 9 else { return nil }
            unit /= 10
            value += Int64(digit) * unit
        }
        return count == 0 ? nil : (value, unit)
    }

    private mutating func zone() -> Int64? {
        if isAtEnd || take("Z") { return 0 }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = digits(2), hours <= 18 else { return nil }
        var minutes = 0
        if !isAtEnd {
            _ = take(":")
            guard let digits = digits(2), digits < 60 else { return nil }
            minutes = digits
        }
        return sign * (Int64(hours) * CivilTime.hour + Int64(minutes) * CivilTime.minute)
    }

    private func days(year: Int, month: Int, day: Int, nextYear: Int, nextMonth: Int, nextDay: Int) -> TimeRange? {
        let first = Int64(CivilTime.days(year: year, month: month, day: day))
        let next = Int64(CivilTime.days(year: nextYear, month: nextMonth, day: nextDay))
        return range(day: first, nanosecond: 0, length: (next - first) * CivilTime.day, zone: 0)
    }

    private func range(day: Int64, nanosecond: Int64, length: Int64, zone: Int64) -> TimeRange? {
        // The first and the last day that Int64 reaches begin or end outside of it.
        let start = Int128(day) * Int128(CivilTime.day) + Int128(nanosecond - zone)
        let end = start + Int128(length)
        guard start <= Int128(Int64.max), end > Int128(Int64.min) else { return nil }
        return TimeRange(start: Int64(clamping: start), end: Int64(clamping: end))
    }
}
