public import Columnar

/// How a file writes its times.
public enum CSVTimeForm: Sendable, Hashable {
    /// By a layout of Go.
    case layout(GoTimeLayout)
    /// Seconds since the epoch, with up to nine decimals.
    case seconds
    /// A whole number of milliseconds, microseconds or nanoseconds since the epoch: so many a second.
    case whole(perSecond: Int64)
    /// ISO 8601: `2024-08-08T23:54:14.5Z`, `2024-08-08 23:54`.
    case iso

    /// The form that the control file of MarketStore's loader names: `timestamp`, or a layout of Go.
    public init(control text: String) { self = text == "timestamp" ? .seconds : .layout(GoTimeLayout(text)) }

    /// Layouts that are tried where nothing says the form, the ones that can be taken for each other by the order of their
    /// use: month before day, as in MarketStore's own default.
    private static let usual = [
        "20060102 15:04:05", "20060102", "200601021504", "20060102150405", "1/2/2006 3:04:05 PM", "1/2/2006 15:04:05",
        "1/2/2006 15:04", "1/2/2006", "2006/1/2 15:04:05", "2006/1/2", "2.1.2006 15:04:05", "2.1.2006",
        "02-Jan-2006 15:04:05", "02-Jan-2006", "Jan 2, 2006 15:04:05", "Jan 2, 2006", "2006-01-02 15:04:05 MST",
        "Mon Jan _2 15:04:05 2006", "20060102 150405",
    ]

    /// Which numbers may be times: those of a column whose name says so, large ones of a column that stands first, or none.
    public enum Numbers: Sendable, Hashable {
        case all
        case large
        case never
    }

    /// The form that all of some texts have; nil if there is none.
    ///
    /// - Parameter numbers: which numbers may be times.
    public static func inferred(from texts: [ArraySlice<UInt8>], numbers: Numbers) -> CSVTimeForm? {
        guard !texts.isEmpty else { return nil }
        func fits(_ form: CSVTimeForm) -> Bool { texts.allSatisfy { form.nanoseconds($0, zone: .utc) != nil } }
        let digits = texts.map { $0.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }.count }
        let isNumber = texts.allSatisfy { text in
            text.allSatisfy { ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || [0x2D, 0x2E].contains($0) }
        }
        if isNumber, numbers != .never {
            if digits.allSatisfy({ (9...11).contains($0) }), fits(.seconds) { return .seconds }
            for (count, perSecond) in [(12...14, 1_000), (15...17, 1_000_000), (18...19, 1_000_000_000)] as [(_, Int64)]
            where digits.allSatisfy({ count.contains($0) }) && fits(.whole(perSecond: perSecond)) {
                return .whole(perSecond: perSecond)
            }
        }
        if isNumber, numbers == .never { return nil }
        if fits(.iso) { return .iso }
        for text in usual where fits(.layout(GoTimeLayout(text))) { return .layout(GoTimeLayout(text)) }
        return isNumber && numbers == .all && fits(.seconds) ? .seconds : nil
    }

    /// Reads a time; nil if the text has another form, or no such time exists in nanoseconds.
    public func nanoseconds(_ text: ArraySlice<UInt8>, zone: ZoneRules) -> Int64? {
        switch self {
        case .layout(let layout): return layout.nanoseconds(text, zone: zone)
        case .seconds: return Self.seconds(text)
        case .whole(let perSecond):
            guard let value = Int64(String(decoding: text, as: UTF8.self)) else { return nil }
            let (time, overflow) = value.multipliedReportingOverflow(by: CivilTime.second / perSecond)
            return overflow ? nil : time
        case .iso:
            let string = String(decoding: text, as: UTF8.self)
            // A year alone, or digits without dashes, is no time of a row.
            guard string.utf8.count >= 10, let range = CivilTime.interval(string) else { return nil }
            let clock = string.dropFirst(10)
            let hasZone = clock.contains { $0 == "Z" || $0 == "+" || $0 == "-" }
            return hasZone ? range.start : zone.utc(ofLocal: range.start)
        }
    }

    private static func seconds(_ text: ArraySlice<UInt8>) -> Int64? {
        var digits = text
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        let whole = digits.prefix { $0 != UInt8(ascii: ".") }
        let fraction = digits.dropFirst(whole.count + 1)
        guard !whole.isEmpty, fraction.count <= 9, digits.count != whole.count + 1,
            (whole + fraction).allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let seconds = Int64(String(decoding: whole, as: UTF8.self))
        else { return nil }
        var rest: Int64 = 0
        for place in 0..<9 {
            let byte = place < fraction.count ? fraction[fraction.startIndex + place] : UInt8(ascii: "0")
            rest = rest * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        let (product, overflow) = seconds.multipliedReportingOverflow(by: CivilTime.second)
        let (time, overflows) = product.addingReportingOverflow(rest)
        return overflow || overflows ? nil : isNegative ? -time : time
    }
}
