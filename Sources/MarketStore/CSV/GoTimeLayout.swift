public import Columnar

/// A time's form as Go writes it, by the example of `Mon Jan 2 15:04:05 2006 -0700` (pkg.go.dev/time#Layout).
///
/// As there, a fraction may follow the seconds though the layout has none. As in MarketStore's loader, what follows the whole
/// time may be three digits of milliseconds or six of microseconds, after a space or directly. Names of zones (`MST`) other
/// than `UTC` and `GMT` are read, and the time is one of the zone that is asked for.
public struct GoTimeLayout: Sendable, Hashable {
    private enum Part: Hashable {
        case literal([UInt8])
        case year(digits: Int)
        case month(minimum: Int)
        case monthName(isLong: Bool)
        case day(minimum: Int)
        case weekday(isLong: Bool)
        case hour24
        case hour12(minimum: Int)
        case minute(minimum: Int)
        case second(minimum: Int)
        case fraction
        case halfDay
        case zoneName
        case offset(hasZ: Bool)
    }

    private static let words: [(text: String, part: Part)] = [
        ("January", .monthName(isLong: true)), ("Jan", .monthName(isLong: false)), ("Monday", .weekday(isLong: true)),
        ("Mon", .weekday(isLong: false)), ("MST", .zoneName), ("2006", .year(digits: 4)),
        ("Z07:00:00", .offset(hasZ: true)),
        ("Z070000", .offset(hasZ: true)), ("Z07:00", .offset(hasZ: true)), ("Z0700", .offset(hasZ: true)),
        ("Z07", .offset(hasZ: true)), ("-07:00:00", .offset(hasZ: false)), ("-070000", .offset(hasZ: false)),
        ("-07:00", .offset(hasZ: false)), ("-0700", .offset(hasZ: false)), ("-07", .offset(hasZ: false)),
        ("01", .month(minimum: 2)), ("02", .day(minimum: 2)), ("03", .hour12(minimum: 2)), ("04", .minute(minimum: 2)),
        ("05", .second(minimum: 2)), ("06", .year(digits: 2)), ("15", .hour24), ("_2", .day(minimum: 1)),
        ("PM", .halfDay),
        ("pm", .halfDay), ("1", .month(minimum: 1)), ("2", .day(minimum: 1)), ("3", .hour12(minimum: 1)),
        ("4", .minute(minimum: 1)), ("5", .second(minimum: 1)),
    ]
    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]
    private static let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

    /// The layout.
    public let text: String
    private let parts: [Part]

    /// Reads a layout, in which everything that is no part of a time stands for itself.
    public init(_ text: String) {
        self.text = text
        let bytes = Array(text.utf8)
        var (parts, literal, index): ([Part], [UInt8], Int) = ([], [], 0)
        while index < bytes.count {
            let rest = bytes[index...]
            var found: (count: Int, part: Part)?
            if let count = Self.fraction(rest) {
                found = (count, .fraction)
            } else if let word = Self.words.first(where: { rest.starts(with: $0.text.utf8) }) {
                found = (word.text.utf8.count, word.part)
            }
            guard let found else {
                literal.append(bytes[index])
                index += 1
                continue
            }
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = []
            parts.append(found.part)
            index += found.count
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        self.parts = parts
    }

    /// `.000` and `,999`: a sign and zeros or nines to the end of the digits.
    private static func fraction(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let sign = bytes.first, sign == UInt8(ascii: ".") || sign == UInt8(ascii: ","),
            let digit = bytes.dropFirst().first, digit == UInt8(ascii: "0") || digit == UInt8(ascii: "9")
        else { return nil }
        let count = bytes.dropFirst().prefix { $0 == digit }.count
        if let next = bytes.dropFirst(1 + count).first, isDigit(next) { return nil }
        return 1 + count
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    /// Reads a time; nil if the text has another form, or no such time exists.
    public func nanoseconds(_ text: some Collection<UInt8>, zone: ZoneRules) -> Int64? {
        var reader = Reader(bytes: Array(text))
        for part in parts { guard reader.read(part) else { return nil } }
        guard reader.readSuffix() else { return nil }
        return reader.time(zone)
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0
        var year = 1970
        var month = 1
        var day = 1
        var hour = 0
        var minute = 0
        var second = 0
        var fraction: Int64 = 0
        var isAfternoon: Bool?
        var offset: Int64?

        init(bytes: [UInt8]) { self.bytes = bytes }

        private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

        /// A number of so many digits.
        private mutating func number(_ counts: ClosedRange<Int>) -> Int? {
            var (value, count) = (0, 0)
            while count < counts.upperBound, let byte = next, GoTimeLayout.isDigit(byte) {
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
                (index, count) = (index + 1, count + 1)
            }
            return counts.contains(count) ? value : nil
        }

        private mutating func store(
            _ path: WritableKeyPath<Reader, Int>,
            _ digits: ClosedRange<Int>,
            _ range: ClosedRange<Int>
        ) -> Bool {
            guard let value = number(digits), range.contains(value) else { return false }
            self[keyPath: path] = value
            return true
        }

        mutating func read(_ part: Part) -> Bool {
            switch part {
            case .literal(let literal):
                guard bytes[index...].starts(with: literal) else { return false }
                index += literal.count
                return true
            case .year(let digits):
                guard let value = number(digits...digits) else { return false }
                year = digits == 4 ? value : value >= 69 ? 1900 + value : 2000 + value
                return true
            case .month(let minimum): return store(\.month, minimum...2, 1...12)
            case .day(let minimum):
                if minimum == 1, next == UInt8(ascii: " ") { index += 1 }
                return store(\.day, minimum...2, 1...31)
            case .hour24: return store(\.hour, 1...2, 0...23)
            case .hour12(let minimum): return store(\.hour, minimum...2, 0...12)
            case .minute(let minimum): return store(\.minute, minimum...2, 0...59)
            case .second(let minimum):
                guard store(\.second, minimum...2, 0...59) else { return false }
                return readFraction()
            case .fraction: return true
            case .monthName(let isLong): return name(GoTimeLayout.months, isLong).map { month = $0 + 1 } != nil
            case .weekday(let isLong): return name(GoTimeLayout.weekdays, isLong) != nil
            case .halfDay:
                guard let half = letters(2)?.lowercased(), half == "am" || half == "pm" else { return false }
                isAfternoon = half == "pm"
                return true
            case .zoneName:
                let start = index
                while let byte = next, byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { index += 1 }
                let name = String(decoding: bytes[start..<index], as: UTF8.self)
                if name == "UTC" || name == "GMT" { offset = 0 }
                return (3...5).contains(name.utf8.count)
            case .offset(let hasZ): return readOffset(hasZ)
            }
        }

        /// A point or comma and digits, of which nine count.
        private mutating func readFraction() -> Bool {
            guard let sign = next, sign == UInt8(ascii: ".") || sign == UInt8(ascii: ","), index + 1 < bytes.count,
                GoTimeLayout.isDigit(bytes[index + 1])
            else { return true }
            index += 1
            var unit: Int64 = 100_000_000
            while let byte = next, GoTimeLayout.isDigit(byte) {
                fraction += Int64(byte - UInt8(ascii: "0")) * unit
                unit /= 10
                index += 1
            }
            return true
        }

        private mutating func letters(_ count: Int) -> String? {
            guard count <= bytes.count - index else { return nil }
            index += count
            return String(decoding: bytes[index - count..<index], as: UTF8.self)
        }

        private mutating func name(_ names: [String], _ isLong: Bool) -> Int? {
            for (place, name) in names.enumerated() {
                let wanted = isLong ? name : String(name.prefix(3))
                guard wanted.utf8.count <= bytes.count - index else { continue }
                let text = String(decoding: bytes[index..<index + wanted.utf8.count], as: UTF8.self)
                if text.lowercased() == wanted {
                    index += wanted.utf8.count
                    return place
                }
            }
            return nil
        }

        private mutating func readOffset(_ hasZ: Bool) -> Bool {
            if hasZ, next == UInt8(ascii: "Z") {
                index += 1
                offset = 0
                return true
            }
            guard let sign = next, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return false }
            index += 1
            guard let hours = number(2...2), hours <= 18 else { return false }
            var seconds = Int64(hours) * 3_600
            for unit: Int64 in [60, 1] {
                let start = index
                if next == UInt8(ascii: ":") { index += 1 }
                guard let value = number(2...2), value < 60 else {
                    index = start
                    break
                }
                seconds += Int64(value) * unit
            }
            offset = (sign == UInt8(ascii: "-") ? -seconds : seconds) * CivilTime.second
            return true
        }

        /// What MarketStore's loader takes behind the whole time.
        mutating func readSuffix() -> Bool {
            if index == bytes.count { return true }
            if next == UInt8(ascii: " ") { index += 1 }
            let count = bytes.count - index
            guard count == 3 || count == 6 || count == 9, fraction == 0, let value = number(count...count) else {
                return false
            }
            fraction = Int64(value) * (count == 3 ? 1_000_000 : count == 6 ? 1_000 : 1)
            return true
        }

        func time(_ zone: ZoneRules) -> Int64? {
            guard (1678...2261).contains(year), day <= CivilTime.daysInMonth(year: year, month: month) else {
                return nil
            }
            var hour = hour
            if let isAfternoon { hour = hour % 12 + (isAfternoon ? 12 : 0) }
            let days = Int64(CivilTime.days(year: year, month: month, day: day))
            let seconds = Int64(hour * 3_600 + minute * 60 + second)
            let local = days * CivilTime.day + seconds * CivilTime.second + fraction
            return offset.map { local - $0 } ?? zone.utc(ofLocal: local)
        }
    }
}
