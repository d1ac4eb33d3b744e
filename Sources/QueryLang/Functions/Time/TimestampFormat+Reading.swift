import Columnar

extension TimestampFormat {
    /// The time that a text names; nil if the text is not as the pattern says, or names no day that exists.
    @Sendable
    func time(_ text: String) -> Int64? {
        var reader = TimestampReader(bytes: Array(text.utf8))
        for (index, part) in parts.enumerated() {
            let isLimited = parts.indices.contains(index + 1) && parts[index + 1].beginsWithDigit
            guard reader.read(part, isLimited: isLimited) else { return nil }
        }
        return reader.isAtEnd ? reader.time : nil
    }
}

extension TimestampFormat.Part {
    /// Whether a number that stands before it must not take more digits than it has letters.
    fileprivate var beginsWithDigit: Bool {
        switch self {
        case .year, .number, .fraction: true
        case .monthName, .weekdayName, .half, .zone, .literal: false
        }
    }
}

/// Cursor over a text, with the fields that were read.
private struct TimestampReader {
    let bytes: [UInt8]
    var position = 0
    private var year = 1970
    private var month = 1
    private var day = 1
    private var dayOfYear: Int?
    private var hour = 0
    private var isHalf = false
    private var isAfternoon: Bool?
    private var minute = 0
    private var second = 0
    private var nanosecond: Int64 = 0
    private var zone = ZoneRules.utc

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    var time: Int64? {
        guard month >= 1, month <= 12, day >= 1, day <= CivilTime.daysInMonth(year: year, month: month), minute < 60,
            second < 60, hour < 24, (1600...2300).contains(year)
        else { return nil }
        var hour = hour
        if isHalf || isAfternoon != nil {
            guard hour <= 12 else { return nil }
            hour = hour % 12 + (isAfternoon == true ? 12 : 0)
        }
        var number = CivilTime.days(year: year, month: month, day: day)
        if let dayOfYear {
            let first = CivilTime.days(year: year, month: 1, day: 1)
            guard dayOfYear >= 1, dayOfYear <= CivilTime.days(year: year + 1, month: 1, day: 1) - first else {
                return nil
            }
            number = first + dayOfYear - 1
        }
        let seconds = Int64(hour * 3_600 + minute * 60 + second)
        guard let local = CalendarArithmetic.nanoseconds(day: number, ofDay: seconds * CivilTime.second + nanosecond)
        else {
            return nil
        }
        return zone.utc(ofLocal: local)
    }

    mutating func read(_ part: TimestampFormat.Part, isLimited: Bool) -> Bool {
        switch part {
        case .literal(let byte):
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        case .year(let width):
            guard let value = number(most: isLimited ? width : width == 2 ? 2 : 4) else { return false }
            year = width == 2 ? 2000 + value : value
            return true
        case .number(let field, let width): return read(field, width: width, isLimited: isLimited)
        case .monthName:
            guard let index = name(TimestampFormat.months) else { return false }
            month = index + 1
            return true
        case .weekdayName: return name(TimestampFormat.weekdays) != nil
        case .fraction: return fraction()
        case .half:
            guard let index = name(["AM", "PM"], shortest: 2) else { return false }
            isAfternoon = index == 1
            return true
        case .zone: return readZone()
        }
    }

    private mutating func read(_ field: TimestampFormat.Field, width: Int, isLimited: Bool) -> Bool {
        let isFraction = field == .millis || field == .micros || field == .nanos
        let most = isLimited || width > 1 ? Swift.max(width, 1) : isFraction || field == .dayOfYear ? 3 : 2
        guard let value = number(most: most) else { return false }
        switch field {
        case .month: month = value
        case .day: day = value
        case .dayOfYear: dayOfYear = value
        case .hour: hour = value
        case .hourOfHalf: (hour, isHalf) = (value, true)
        case .minute: minute = value
        case .second: second = value
        case .millis: nanosecond += Int64(value) * 1_000_000
        case .micros: nanosecond += Int64(value) * 1_000
        case .nanos: nanosecond += Int64(value)
        }
        return true
    }

    private mutating func number(most: Int) -> Int? {
        var value = 0
        let start = position
        while position < bytes.count, position - start < most, let digit = digit(bytes[position]) {
            value = value * 10 + digit
            position += 1
        }
        return position > start ? value : nil
    }

    private func digit(_ byte: UInt8) -> Int? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int(byte - UInt8(ascii: "0")) : nil
    }

    private mutating func fraction() -> Bool {
        var unit = CivilTime.second
        let start = position
        while position < bytes.count, position - start < 9, let digit = digit(bytes[position]) {
            unit /= 10
            nanosecond += Int64(digit) * unit
            position += 1
        }
        return position > start
    }

    /// A name, whole or its first letters, whatever their case.
    private mutating func name(_ names: [String], shortest: Int = 3) -> Int? {
        let start = position
        while position < bytes.count, (bytes[position] | 0x20) >= UInt8(ascii: "a"),
            (bytes[position] | 0x20) <= UInt8(ascii: "z")
        {
            position += 1
        }
        let word = String(decoding: bytes[start..<position], as: UTF8.self).lowercased()
        return names.firstIndex { name in
            let name = name.lowercased()
            return name == word || word.utf8.count == shortest && name.hasPrefix(word)
        }
    }

    private mutating func readZone() -> Bool {
        let word = String(decoding: bytes[position...].prefix { $0 > 0x20 && $0 != UInt8(ascii: ")") }, as: UTF8.self)
        guard let rules = ZoneRules(named: word) else { return false }
        zone = rules
        position += word.utf8.count
        return true
    }
}
