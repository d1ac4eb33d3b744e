import Columnar

extension ScalarKernel {
    /// Fields of a timestamp, in UTC, and its counts from the epoch.
    static func field(_ call: Call) -> ScalarKernel? {
        if call.function == .epoch { return ScalarKernel(.rows { seconds($0[0]) }, of: [0]) }
        switch call.function {
        case .isLeapYear:
            return truth { CivilTime.daysInMonth(year: CivilTime(nanoseconds: $0).year, month: 2) == 29 }
        case .isWeekend: return truth { CalendarArithmetic.weekday(of: $0) > 5 }
        case .isNasdaqOpen: return truth { NasdaqCalendar.isOpen($0) }
        default: return integerField(call.function).map { ScalarKernel(.integer($0), of: [0]) }
        }
    }

    private static func truth(_ test: @escaping @Sendable (Int64) -> Bool?) -> ScalarKernel {
        ScalarKernel(.rows { $0[0].integer.flatMap(test).map(Scalar.boolean) ?? .null }, of: [0])
    }

    private static func seconds(_ time: Scalar) -> Scalar {
        time.integer.map { .float64(Double($0) / Double(CivilTime.second)) } ?? .null
    }

    private static func integerField(_ function: ScalarFunction) -> (@Sendable (Int64) -> Int64?)? {
        switch function {
        case .year: { Int64(CivilTime(nanoseconds: $0).year) }
        case .quarter: { Int64((CivilTime(nanoseconds: $0).month + 2) / 3) }
        case .month: { Int64(CivilTime(nanoseconds: $0).month) }
        case .day: { Int64(CivilTime(nanoseconds: $0).day) }
        case .hour: { part($0, of: CivilTime.day, in: CivilTime.hour) }
        case .minute: { part($0, of: CivilTime.hour, in: CivilTime.minute) }
        case .second: { part($0, of: CivilTime.minute, in: CivilTime.second) }
        case .millis: { part($0, of: CivilTime.second, in: 1_000_000) }
        case .micros: { part($0, of: 1_000_000, in: 1_000) }
        case .nanos: { part($0, of: 1_000, in: 1) }
        case .millisOfMinute: { part($0, of: CivilTime.minute, in: 1_000_000) }
        case .microsOfMinute: { part($0, of: CivilTime.minute, in: 1_000) }
        case .nanosOfMinute: { part($0, of: CivilTime.minute, in: 1) }
        case .isoYear: { Int64(CalendarArithmetic.isoWeek(of: $0).year) }
        case .weekOfYear: { Int64(CalendarArithmetic.isoWeek(of: $0).week) }
        case .dayOfYear: { Int64(CalendarArithmetic.dayOfYear(of: CivilTime(nanoseconds: $0))) }
        case .dayOfWeek: { CalendarArithmetic.weekday(of: $0) }
        case .dayOfWeekSundayFirst: { CalendarArithmetic.weekday(of: $0) % 7 + 1 }
        case .daysInMonth:
            { time in
                let civil = CivilTime(nanoseconds: time)
                return Int64(CivilTime.daysInMonth(year: civil.year, month: civil.month))
            }
        case .epochNanos, .fromEpochNanos: { $0 }
        case .epochMicros: { floorDivide($0, 1_000) }
        case .epochMillis: { floorDivide($0, 1_000_000) }
        case .epochSeconds: { floorDivide($0, CivilTime.second) }
        case .fromEpochMicros: { times($0, 1_000) }
        case .fromEpochMillis: { times($0, 1_000_000) }
        case .fromEpochSeconds: { times($0, CivilTime.second) }
        default: nil
        }
    }

    /// How many whole `unit`s of the last `whole` have gone by.
    private static func part(_ time: Int64, of whole: Int64, in unit: Int64) -> Int64 {
        let rest = time % whole
        return (rest < 0 ? rest + whole : rest) / unit
    }

    private static func times(_ value: Int64, _ factor: Int64) -> Int64? {
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}
