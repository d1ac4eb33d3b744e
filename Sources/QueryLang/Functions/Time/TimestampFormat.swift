import Columnar

/// A pattern for timestamps as text, as QuestDB has it: `yyyy-MM-ddTHH:mm:ss.SSSUUUNNNZ`.
///
/// | letters | part | | letters | part |
/// |---|---|---|---|---|
/// | `y`, `yyyy` | year | | `m`, `mm` | minute |
/// | `yy` | year of a century, 2000 on | | `s`, `ss` | second |
/// | `M`, `MM` | month | | `S`, `SSS` | millisecond |
/// | `MMM`, `MMMM` | name of the month | | `U`, `UUU` | microsecond of the millisecond |
/// | `d`, `dd` | day | | `N`, `NNN` | nanosecond of the microsecond |
/// | `E`, `EEE`, `EEEE` | name of the weekday | | `S+`, `U+`, `N+` | fraction of a second, 3, 6 or 9 digits |
/// | `D` | day of the year | | `a` | AM or PM |
/// | `H`, `HH`, `k`, `kk` | hour, 0 to 23 | | `Z`, `z`, `x` | offset or zone: `Z`, `+05:30`, a name |
/// | `SSSS` … `SSSSSSSSS` | fraction of a second, 4 to 9 digits | | | |
/// | `h`, `hh`, `K`, `KK` | hour of the half day | | `'text'`, others | themselves |
struct TimestampFormat: Sendable {
    /// One part of the pattern. `width` is the digits that are written at least, and read at most if others follow.
    enum Part: Sendable, Equatable {
        case year(width: Int)
        case number(Field, width: Int)
        case monthName(isLong: Bool)
        case weekdayName(isLong: Bool)
        /// Digits after the point; as many as there are when read.
        case fraction(width: Int)
        case half
        case zone
        case literal(UInt8)
    }

    /// Numbers.
    enum Field: Sendable, Equatable {
        case month, day, dayOfYear, hour, hourOfHalf, minute, second, millis, micros, nanos
    }

    /// What is wrong with a pattern.
    struct Fault: Error {
        let message: String
    }

    /// Characters of a pattern: more than any date needs, and few enough to compile at once.
    static let lengthMax = 100

    let parts: [Part]

    init(_ pattern: String) throws(Fault) {
        let bytes = Array(pattern.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.lengthMax else {
            throw Fault(message: "a format has 1 to \(Self.lengthMax) characters")
        }
        var parts: [Part] = []
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "'") {
                guard let end = bytes[(position + 1)...].firstIndex(of: byte) else {
                    throw Fault(message: "the quote in the format has no end")
                }
                parts += (end == position + 1 ? [byte] : Array(bytes[position + 1..<end])).map(Part.literal)
                position = end + 1
                continue
            }
            var end = position
            while end < bytes.count, bytes[end] == byte { end += 1 }
            if end < bytes.count, bytes[end] == UInt8(ascii: "+"), let width = Self.fractionDigits(byte) {
                parts.append(.fraction(width: width))
                position = end + 1
                continue
            }
            guard let part = try Self.part(byte, count: end - position) else {
                parts += bytes[position..<end].map(Part.literal)
                position = end
                continue
            }
            parts.append(part)
            position = end
        }
        self.parts = parts
    }

    private static func fractionDigits(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "S"): 3
        case UInt8(ascii: "U"): 6
        case UInt8(ascii: "N"): 9
        default: nil
        }
    }

    private static func part(_ byte: UInt8, count: Int) throws(Fault) -> Part? {
        let letter = Character(Unicode.Scalar(byte))
        switch letter {
        case "y" where count <= 4: return .year(width: count)
        case "M" where count <= 4: return count > 2 ? .monthName(isLong: count == 4) : .number(.month, width: count)
        case "d" where count <= 2: return .number(.day, width: count)
        case "D" where count <= 3: return .number(.dayOfYear, width: count)
        case "E" where count <= 4: return .weekdayName(isLong: count == 4)
        case "H" where count <= 2, "k" where count <= 2: return .number(.hour, width: count)
        case "h" where count <= 2, "K" where count <= 2: return .number(.hourOfHalf, width: count)
        case "m" where count <= 2: return .number(.minute, width: count)
        case "s" where count <= 2: return .number(.second, width: count)
        case "S" where count <= 3: return .number(.millis, width: count)
        case "S" where count <= 9: return .fraction(width: count)
        case "U" where count <= 3: return .number(.micros, width: count)
        case "N" where count <= 3: return .number(.nanos, width: count)
        case "a" where count == 1: return .half
        case "Z", "z", "x": return .zone
        case "T": return nil
        default:
            guard letter.isASCII, letter.isLetter else { return nil }
            let text = String(repeating: letter, count: count)
            throw Fault(message: "'\(text)' means nothing in a format; text stands in 'quotes' within it")
        }
    }

    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
}
