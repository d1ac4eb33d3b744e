import Columnar

extension TimestampFormat {
    /// The text of a time on the clock of a zone; nil if its reading is outside of Int64.
    func text(_ time: Int64, _ zone: ZoneRules) -> String? {
        guard let local = zone.local(ofUTC: time) else { return nil }
        let civil = CivilTime(nanoseconds: local)
        var text = ""
        for part in parts {
            switch part {
            case .year(2): text += Self.digits(Int64(((civil.year % 100) + 100) % 100), width: 2)
            case .year(let width): text += Self.digits(Int64(civil.year), width: width)
            case .number(let field, let width): text += Self.digits(Self.value(field, civil), width: width)
            case .monthName(let isLong): text += Self.name(Self.months, civil.month - 1, isLong)
            case .weekdayName(let isLong):
                text += Self.name(Self.weekdays, Int(CalendarArithmetic.weekday(of: local)) - 1, isLong)
            case .fraction(let width):
                let digits = Self.digits(civil.nanosecondOfDay % CivilTime.second, width: 9)
                text += digits.prefix(width)
            case .half: text += civil.nanosecondOfDay < 12 * CivilTime.hour ? "AM" : "PM"
            case .zone: text += Self.offset(zone.offset(atUTC: time))
            case .literal(let byte): text += String(decoding: [byte], as: UTF8.self)
            }
        }
        return text
    }

    private static func name(_ names: [String], _ index: Int, _ isLong: Bool) -> String {
        guard names.indices.contains(index) else { return "" }
        return isLong ? names[index] : String(names[index].prefix(3))
    }

    private static func value(_ field: Field, _ civil: CivilTime) -> Int64 {
        let nanosecond = civil.nanosecondOfDay
        switch field {
        case .month: return Int64(civil.month)
        case .day: return Int64(civil.day)
        case .dayOfYear: return Int64(CalendarArithmetic.dayOfYear(of: civil))
        case .hour: return nanosecond / CivilTime.hour
        case .hourOfHalf: return (nanosecond / CivilTime.hour + 11) % 12 + 1
        case .minute: return nanosecond / CivilTime.minute % 60
        case .second: return nanosecond / CivilTime.second % 60
        case .millis: return nanosecond / 1_000_000 % 1_000
        case .micros: return nanosecond / 1_000 % 1_000
        case .nanos: return nanosecond % 1_000
        }
    }

    private static func digits(_ value: Int64, width: Int) -> String {
        let text = String(value.magnitude)
        return (value < 0 ? "-" : "") + String(repeating: "0", count: Swift.max(width - text.count, 0)) + text
    }

    /// `Z`, `+05:30`.
    private static func offset(_ nanoseconds: Int64) -> String {
        if nanoseconds == 0 { return "Z" }
        let minutes = nanoseconds.magnitude / UInt64(CivilTime.minute)
        return (nanoseconds < 0 ? "-" : "+") + digits(Int64(minutes / 60), width: 2) + ":"
            + digits(Int64(minutes % 60), width: 2)
    }
}
