import Columnar

extension ScalarKernel {
    /// Calculation with timestamps: units, zones and formats are constants, made ready once.
    static func time(_ call: Call) throws(Fault) -> ScalarKernel? {
        switch call.function {
        case .dateTrunc, .timestampFloor, .timestampCeil: return try truncation(call)
        case .dateAdd:
            let unit = try unit(call, 0)
            guard call.count > 3 else {
                return ScalarKernel(.integers { CalendarArithmetic.adding($0, unit, to: $1) }, of: [1, 2])
            }
            guard let zone = try zone(call, 3) else { return null(of: [2]) }
            return ScalarKernel(
                .integers { count, time in
                    // What has a fixed length is the same in every zone.
                    if unit.nanoseconds != nil, unit != .day, unit != .week {
                        return CalendarArithmetic.adding(count, unit, to: time)
                    }
                    return zone.local(ofUTC: time).flatMap { CalendarArithmetic.adding(count, unit, to: $0) }
                        .flatMap { zone.utc(ofLocal: $0) }
                },
                of: [1, 2]
            )
        case .dateDiff:
            let unit = try unit(call, 0)
            return ScalarKernel(.integers { CalendarArithmetic.distance(unit, $0, $1) }, of: [1, 2])
        case .toTimezone:
            guard let zone = try zone(call, 1) else { return null(of: [0]) }
            return ScalarKernel(.integer { zone.local(ofUTC: $0) }, of: [0])
        case .toUTC:
            guard let zone = try zone(call, 1) else { return null(of: [0]) }
            return ScalarKernel(.integer { zone.utc(ofLocal: $0) }, of: [0])
        case .toTimestamp: return try reading(call)
        case .toStr:
            guard let format = try format(call, 1) else { return null(of: [0]) }
            let zone = try zone(call, 2)
            guard zone != nil || call.count < 3 else { return null(of: [0]) }
            return ScalarKernel(
                .rows { $0[0].integer.flatMap { format.text($0, zone ?? .utc) }.map { .text($0) } ?? .null },
                of: [0]
            )
        default: return nil
        }
    }

    private static func null(of operands: [Int]) -> ScalarKernel { ScalarKernel(.rows { _ in .null }, of: operands) }

    /// `(unit, t)`, `(unit, t, zone)`, `(unit, t, origin)` and `(unit, t, origin, zone)`.
    private static func truncation(_ call: Call) throws(Fault) -> ScalarKernel {
        guard let text = try call.word(0, "unit") else { return null(of: [1]) }
        guard let (count, unit) = CalendarStep.parse(text) else { throw unknownUnit(text, 0, withCount: true) }
        var origin: Int64?
        var zoneIndex = 2
        if call.count > 2, let word = try call.word(2, "origin or zone"), let start = CivilTime.interval(word)?.start {
            origin = start
            zoneIndex = 3
        }
        let zone = try zone(call, zoneIndex)
        if call.count > zoneIndex, zone == nil { return null(of: [1]) }
        guard zoneIndex == 3 || call.count < 4 else {
            throw Fault(argument: 2, message: "the origin is not a timestamp", hint: "write one like '2024-08-08'")
        }
        guard origin == nil || unit.months == nil else {
            throw Fault(argument: 2, message: "months and years have no origin but January 1970")
        }
        guard let step = CalendarStep(count: count, unit: unit, origin: origin, zone: zone) else {
            throw Fault(
                argument: 0,
                message: "'\(QueryDiagnostic.shortened(text))' is no length of time that can be used here"
            )
        }
        let isCeiling = call.function == .timestampCeil
        return ScalarKernel(.integer { isCeiling ? step.ceil($0) : step.floor($0) }, of: [1])
    }

    private static func reading(_ call: Call) throws(Fault) -> ScalarKernel {
        guard call.count > 1 else {
            return ScalarKernel(
                .rows { $0[0].string.flatMap { CivilTime.interval($0)?.start }.map { .timestamp($0) } ?? .null },
                of: [0]
            )
        }
        guard let format = try format(call, 1) else { return null(of: [0]) }
        return ScalarKernel(.rows { $0[0].string.flatMap(format.time).map { .timestamp($0) } ?? .null }, of: [0])
    }

    // MARK: Constants

    private static func unit(_ call: Call, _ index: Int) throws(Fault) -> TimeUnit {
        let text = try call.word(index, "unit") ?? ""
        guard let unit = TimeUnit(spelling: text) else { throw unknownUnit(text, index, withCount: false) }
        return unit
    }

    static func unknownUnit(_ text: String, _ index: Int, withCount: Bool) -> Fault {
        let near = NearestName.find(text, among: TimeUnit.names).map { "did you mean '\($0)'?" }
        return Fault(
            argument: index,
            message: "'\(QueryDiagnostic.shortened(text))' is no unit of time",
            hint: near
                ?? "the units are \(TimeUnit.names.joined(separator: ", "))\(withCount ? "; '5m' is five minutes" : "")"
        )
    }

    private static func zone(_ call: Call, _ index: Int) throws(Fault) -> ZoneRules? {
        guard let name = try call.word(index, "time zone") else { return nil }
        guard let zone = ZoneRules(named: name) else {
            throw Fault(
                argument: index,
                message: "unknown time zone '\(QueryDiagnostic.shortened(name))'",
                hint: "write a name such as 'Europe/Berlin', or an offset such as '+05:30'"
            )
        }
        return zone
    }

    private static func format(_ call: Call, _ index: Int) throws(Fault) -> TimestampFormat? {
        guard let pattern = try call.word(index, "format") else { return nil }
        do {
            return try TimestampFormat(pattern)
        } catch {
            throw Fault(
                argument: index,
                message: error.message,
                hint: "a format is one like 'yyyy-MM-ddTHH:mm:ss.SSSUUUZ'"
            )
        }
    }
}
