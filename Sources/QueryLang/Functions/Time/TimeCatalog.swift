import Columnar

extension ScalarCatalog {
    private static let time = [parameter("t", .timestamp)]
    private static let unit = [parameter("unit", .text)]

    private static func field(_ function: ScalarFunction, _ summary: String) -> FunctionSignature {
        entry(function, time, .fixed(.int64), summary)
    }

    static let fields: [FunctionSignature] = [
        field(.year, "Year."),
        field(.quarter, "Quarter of the year, 1 to 4."),
        field(.month, "Month, 1 to 12."),
        field(.day, "Day of the month, 1 to 31."),
        field(.hour, "Hour, 0 to 23."),
        field(.minute, "Minute, 0 to 59."),
        field(.second, "Second, 0 to 59."),
        field(.millis, "Millisecond of the second, 0 to 999."),
        field(.micros, "Microsecond of the millisecond, 0 to 999."),
        field(.nanos, "Nanosecond of the microsecond, 0 to 999."),
        entry(.epoch, time, .fixed(.float64), "Seconds since 1970-01-01T00:00:00Z."),
        field(.isoYear, "Year that the week is of, by ISO 8601."),
        field(.weekOfYear, "Week of the year by ISO 8601, 1 to 53; also `week`."),
        field(.dayOfYear, "Day of the year, 1 to 366."),
        field(.dayOfWeek, "Day of the week, 1 for Monday to 7 for Sunday."),
        field(.dayOfWeekSundayFirst, "Day of the week, 1 for Sunday to 7 for Saturday."),
        field(.daysInMonth, "Days that the month has."),
        entry(.isLeapYear, time, .fixed(.boolean), "Whether the year has 366 days."),
        entry(.isWeekend, time, .fixed(.boolean), "Whether it is Saturday or Sunday."),
        entry(
            .isNasdaqOpen,
            time,
            .fixed(.boolean),
            "Whether NASDAQ's regular session is open: 9:30 to 16:00 in New York, not on weekends and holidays."
        ),
        entry(.extract, unit + time, .fixed(.int64), "A field by its name, also `extract(unit FROM t)`."),
        field(.epochNanos, "Nanoseconds since 1970-01-01T00:00:00Z."),
        field(.epochMicros, "Whole microseconds since 1970-01-01T00:00:00Z."),
        field(.epochMillis, "Whole milliseconds since 1970-01-01T00:00:00Z."),
        field(.epochSeconds, "Whole seconds since 1970-01-01T00:00:00Z."),
    ]

    private static func pieces(_ function: ScalarFunction, _ summary: String) -> FunctionSignature {
        let places = [parameter("origin or zone", .text), parameter("zone", .text)]
        return entry(function, unit + time + places, optional: 2, .fixed(.timestamp), summary)
    }

    private static func count(_ function: ScalarFunction, _ summary: String) -> FunctionSignature {
        entry(function, [parameter("n", .integer)], .fixed(.timestamp), summary)
    }

    private static func instant(_ function: ScalarFunction, _ summary: String) -> FunctionSignature {
        entry(function, [], .fixed(.timestamp), summary)
    }

    static let times: [FunctionSignature] = [
        pieces(.dateTrunc, "The start of the unit that t is in: `'hour'`, `'5m'`, `'month'`."),
        pieces(.timestampFloor, "The start of the unit that t is in, the same as `date_trunc`."),
        pieces(.timestampCeil, "The first start of a unit that is not before t."),
        entry(
            .dateAdd,
            unit + [parameter("n", .integer)] + time + [parameter("zone", .text)],
            optional: 1,
            .fixed(.timestamp),
            "t and n units; days and longer ones by the clocks of a time zone, if one is given."
        ),
        entry(
            .dateDiff,
            unit + [parameter("a", .timestamp), parameter("b", .timestamp)],
            .fixed(.int64),
            "Whole units between two times, whichever is first."
        ),
        entry(
            .toTimezone,
            time + [parameter("zone", .text)],
            .fixed(.timestamp),
            "What the clock of a zone shows at t."
        ),
        entry(
            .toUTC,
            time + [parameter("zone", .text)],
            .fixed(.timestamp),
            "The instant at which the clock of a zone shows t."
        ),
        entry(
            .toTimestamp,
            [parameter("text", .text), parameter("format", .text)],
            optional: 1,
            .fixed(.timestamp),
            "The time that a text names, in ISO 8601 or as the format says; null if it names none."
        ),
        entry(
            .toStr,
            time + [parameter("format", .text), parameter("zone", .text)],
            optional: 1,
            .fixed(.string),
            "The time as text, as the format says, on the clock of a zone, UTC if absent."
        ),
        count(.fromEpochNanos, "The time n nanoseconds after 1970-01-01T00:00:00Z."),
        count(.fromEpochMicros, "The time n microseconds after 1970-01-01T00:00:00Z."),
        count(.fromEpochMillis, "The time n milliseconds after 1970-01-01T00:00:00Z."),
        count(.fromEpochSeconds, "The time n seconds after 1970-01-01T00:00:00Z."),
        instant(.now, "The instant of the statement: the same wherever it stands in it."),
        instant(.systimestamp, "The instant of the statement, the same as `now()`."),
        instant(.today, "The start of the day of `now()`, UTC."),
        instant(.yesterday, "The start of the day before that of `now()`, UTC."),
        instant(.tomorrow, "The start of the day after that of `now()`, UTC."),
    ]
}
