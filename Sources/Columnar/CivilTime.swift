/// Calendar arithmetic in UTC on nanoseconds since the Unix epoch, and its ISO 8601 text.
///
/// Days are counted by Hinnant's algorithms (howardhinnant.github.io/date_algorithms.html), exact over all of Int64.
public struct CivilTime: Sendable, Hashable {
    /// Year, proleptic Gregorian.
    public var year: Int
    /// Month, 1 to 12.
    public var month: Int
    /// Day of the month, 1 to 31.
    public var day: Int
    /// Nanosecond of the day, 0 to 86,400 × 10⁹ − 1.
    public var nanosecondOfDay: Int64

    /// Nanoseconds in a second.
    public static let second: Int64 = 1_000_000_000
    /// Nanoseconds in a minute.
    public static let minute: Int64 = 60 * second
    /// Nanoseconds in an hour.
    public static let hour: Int64 = 60 * minute
    /// Nanoseconds in a day.
    public static let day: Int64 = 24 * hour

    /// The calendar day and time of a timestamp.
    public init(nanoseconds: Int64) {
        let days = floorDivide(nanoseconds, Self.day)
        self.nanosecondOfDay = nanoseconds &- days &* Self.day
        let z = Int(days) + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * shifted + 2) / 5 + 1
        self.month = shifted < 10 ? shifted + 3 : shifted - 9
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
    }

    /// Days from the Unix epoch to a calendar day, which must exist.
    public static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Days in a month.
    public static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// The largest multiple of `step` (from the epoch) that is not after `time`; `Int64.min` if it cannot be expressed.
    @inlinable
    public static func floor(_ time: Int64, to step: Int64) -> Int64 {
        let (product, overflow) = floorDivide(time, step).multipliedReportingOverflow(by: step)
        return overflow ? .min : product
    }

    /// Writes a timestamp as `2024-08-08T23:54:14.236551067Z`, with 0, 3, 6 or 9 fraction digits as it needs.
    public static func text(_ nanoseconds: Int64) -> String {
        var bytes: [UInt8] = []
        appendText(nanoseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the text of a timestamp; see ``text(_:)``.
    public static func appendText(_ nanoseconds: Int64, to bytes: inout [UInt8]) {
        let civil = CivilTime(nanoseconds: nanoseconds)
        appendDigits(civil.year, width: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(civil.month, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(civil.day, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        let seconds = Int(civil.nanosecondOfDay / Self.second)
        appendDigits(seconds / 3600, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(seconds / 60 % 60, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(seconds % 60, width: 2, to: &bytes)
        let fraction = Int(civil.nanosecondOfDay % Self.second)
        if fraction != 0 {
            bytes.append(UInt8(ascii: "."))
            if fraction % 1_000_000 == 0 {
                appendDigits(fraction / 1_000_000, width: 3, to: &bytes)
            } else if fraction % 1_000 == 0 {
                appendDigits(fraction / 1_000, width: 6, to: &bytes)
            } else {
                appendDigits(fraction, width: 9, to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func appendDigits(_ value: Int, width: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        var rest = value
        if rest < 0 {
            bytes.append(UInt8(ascii: "-"))
            rest = -rest
        }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest / divisor % 10))
            divisor /= 10
        }
    }
}

/// Quotient rounded towards minus infinity; `divisor` is positive.
@inlinable
public func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}
