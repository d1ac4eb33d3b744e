import Columnar

/// A length of time that cuts the calendar into pieces: `5m`, `3 months`, `week`.
struct CalendarStep: Sendable {
    /// A number of nanoseconds counted from an origin, or a number of months counted from January 1970.
    private enum Length {
        case fixed(Int64, origin: Int64)
        case months(Int64)
    }

    private let length: Length
    /// Whether pieces are days or longer, so that in a time zone they go by the wall clock.
    private let isCalendar: Bool
    private let zone: ZoneRules?

    /// A Monday.
    private static let firstMonday = 4 * CivilTime.day

    /// Pieces of `count` units; nil for none and past Int64. `origin` is where one of them begins.
    init?(count: Int64, unit: TimeUnit, origin: Int64? = nil, zone: ZoneRules? = nil) {
        guard count > 0 else { return nil }
        self.zone = zone
        if let months = unit.months {
            let (product, overflow) = count.multipliedReportingOverflow(by: months)
            guard !overflow, product <= 12 * 10_000 else { return nil }
            length = .months(product)
            isCalendar = true
        } else {
            let (product, overflow) = count.multipliedReportingOverflow(by: unit.nanoseconds ?? 1)
            guard !overflow else { return nil }
            length = .fixed(product, origin: origin ?? (unit == .week ? Self.firstMonday : 0))
            isCalendar = product % CivilTime.day == 0
        }
    }

    /// Reads `5m`, `'15 minutes'`, `'month'`: a count, 1 if there is none, and a unit.
    static func parse(_ text: String) -> (count: Int64, unit: TimeUnit)? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let rest = text.dropFirst(digits.count).drop { $0 == " " }
        guard let count = digits.isEmpty ? 1 : Int64(digits), let unit = TimeUnit(spelling: String(rest)) else {
            return nil
        }
        return (count, unit)
    }

    /// The start of the piece that a time is in; nil outside of Int64.
    func floor(_ time: Int64) -> Int64? { inZone(time) { start(of: $0) } }

    /// The time, if a piece starts at it, else the start of the next; nil outside of Int64.
    func ceil(_ time: Int64) -> Int64? {
        inZone(time) { local in
            guard let start = start(of: local) else { return nil }
            return start == local ? local : next(after: start)
        }
    }

    /// Applies a function of wall clock readings to an instant.
    private func inZone(_ time: Int64, _ function: (Int64) -> Int64?) -> Int64? {
        guard let zone else { return function(time) }
        guard let local = zone.local(ofUTC: time), let result = function(local) else { return nil }
        if isCalendar { return zone.utc(ofLocal: result) }
        // Within a day the clock is taken to go on as it does at this instant, so that the hour that shows twice is two.
        let (instant, overflow) = time.addingReportingOverflow(result - local)
        return overflow ? nil : instant
    }

    private func start(of local: Int64) -> Int64? {
        switch length {
        case .fixed(let step, let origin):
            let distance = Int128(local) - Int128(origin)
            let rest = ((distance % Int128(step)) + Int128(step)) % Int128(step)
            return Int64(exactly: Int128(local) - rest)
        case .months(let count):
            let month = CalendarArithmetic.monthNumber(of: CivilTime(nanoseconds: local))
            return CalendarArithmetic.start(ofMonth: floorDivide(month, count) * count)
        }
    }

    private func next(after start: Int64) -> Int64? {
        switch length {
        case .fixed(let step, _):
            let (next, overflow) = start.addingReportingOverflow(step)
            return overflow ? nil : next
        case .months(let count):
            return CalendarArithmetic.start(
                ofMonth: CalendarArithmetic.monthNumber(of: CivilTime(nanoseconds: start)) + count
            )
        }
    }
}
