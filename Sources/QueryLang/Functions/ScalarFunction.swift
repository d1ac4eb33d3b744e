/// The scalar functions, by the names that they are called by. Those in capital letters are operators of the grammar and
/// cannot be called.
public enum ScalarFunction: String, Sendable, Hashable, CaseIterable {
    // Numbers.
    case abs, sign, sqrt, cbrt, exp, ln, log, log2, log10, pow, mod
    case floor, ceil, round, trunc
    case roundHalfEven = "round_half_even"
    case roundUp = "round_up"
    case roundDown = "round_down"
    case sin, cos, tan, cot, asin, acos, atan, atan2, sinh, cosh, tanh, degrees, radians, pi
    case isNaN = "is_nan"
    case isFinite = "is_finite"
    case isInfinite = "is_infinite"

    // Any type.
    case coalesce, nullif, greatest, least
    case `if`

    // Text.
    case length, lower, upper, trim, ltrim, rtrim, substring, left, right, concat, replace, lpad, rpad, reverse
    case `repeat`, strpos, contains, ascii, chr
    case splitPart = "split_part"
    case startsWith = "starts_with"
    case endsWith = "ends_with"
    case regexpReplace = "regexp_replace"

    // Fields of a timestamp.
    case year, quarter, month, day, hour, minute, second, millis, micros, nanos, epoch
    case isoYear = "iso_year"
    case weekOfYear = "week_of_year"
    case dayOfYear = "day_of_year"
    case dayOfWeek = "day_of_week"
    case dayOfWeekSundayFirst = "day_of_week_sunday_first"
    case daysInMonth = "days_in_month"
    case isLeapYear = "is_leap_year"
    case isWeekend = "is_weekend"
    case isNasdaqOpen = "is_nasdaq_open"
    case extract

    // Calculation with timestamps.
    case dateTrunc = "date_trunc"
    case timestampFloor = "timestamp_floor"
    case timestampCeil = "timestamp_ceil"
    case dateAdd = "dateadd"
    case dateDiff = "datediff"
    case toTimezone = "to_timezone"
    case toUTC = "to_utc"
    case toTimestamp = "to_timestamp"
    case toStr = "to_str"
    case epochNanos = "epoch_ns"
    case epochMicros = "epoch_us"
    case epochMillis = "epoch_ms"
    case epochSeconds = "epoch_s"
    case fromEpochNanos = "from_epoch_ns"
    case fromEpochMicros = "from_epoch_us"
    case fromEpochMillis = "from_epoch_ms"
    case fromEpochSeconds = "from_epoch_s"

    // The instant of the statement.
    case now, systimestamp, today, yesterday, tomorrow

    // Quotes and trades.
    case mid, wmid, microprice, imbalance
    case spreadBps = "spread_bps"
    case effectiveSpread = "effective_spread"
    case realizedSpread = "realized_spread"
    case priceImpact = "price_impact"

    // Operators.
    /// Condition, value, condition, value, …, and the value of ELSE.
    case caseWhen = "CASE"
    /// The operand, then what it is compared with and a value, …, and the value of ELSE.
    case caseOf = "CASE OF"
    /// A value, and the name of the type that it is turned into, as a constant.
    case cast = "CAST"
    /// A text, a pattern, and the escape character as a constant.
    case like = "LIKE"
    /// The same whatever the case of letters.
    case ilike = "ILIKE"
    /// A value and two bounds.
    case between = "BETWEEN"
    /// A value and two bounds, in either order.
    case betweenSymmetric = "BETWEEN SYMMETRIC"
    /// A text, and a regular expression as a constant.
    case matches = "MATCHES"
    /// The same whatever the case of letters.
    case matchesAnyCase = "MATCHES ANY CASE"
    /// A value and those that it may equal.
    case oneOf = "ONE OF"
    /// Whether two values differ, NULL being a value.
    case isDistinct = "IS DISTINCT FROM"
    /// A double; NULL for NaN and the infinities, which QuestDB takes for NULL.
    case finite = "FINITE"
    /// Of EXTRACT: the seconds of the minute in smaller units.
    case millisOfMinute = "EXTRACT MILLISECOND"
    case microsOfMinute = "EXTRACT MICROSECOND"
    case nanosOfMinute = "EXTRACT NANOSECOND"
    case concatenate = "||"
    case bitAnd = "&"
    case bitOr = "|"
    case bitXor = "^"
    case bitNot = "~"
    case shiftLeft = "<<"
    case shiftRight = ">>"

    /// Whether it is an operator of the grammar, which has no name to call it by.
    public var isOperator: Bool {
        switch self {
        case .caseWhen, .caseOf, .cast, .like, .ilike, .between, .betweenSymmetric, .matches, .matchesAnyCase, .oneOf,
            .isDistinct, .finite, .concatenate, .bitAnd,
            .bitOr,
            .bitXor, .bitNot, .shiftLeft, .shiftRight, .millisOfMinute, .microsOfMinute, .nanosOfMinute:
            true
        default: false
        }
    }

    /// Other names.
    static let aliases: [String: ScalarFunction] = [
        "power": .pow, "ceiling": .ceil, "truncate": .trunc, "isnan": .isNaN, "isfinite": .isFinite,
        "isinf": .isInfinite,
        "ifnull": .coalesce, "nvl": .coalesce, "iif": .if,
        "len": .length, "char_length": .length, "to_lowercase": .lower, "to_uppercase": .upper, "lcase": .lower,
        "ucase": .upper, "substr": .substring, "position": .strpos, "instr": .strpos, "prefix": .startsWith,
        "suffix": .endsWith,
        "weekofyear": .weekOfYear, "week": .weekOfYear, "dayofyear": .dayOfYear, "isodow": .dayOfWeek,
        "isoyear": .isoYear,
        "date_part": .extract, "date_add": .dateAdd, "date_diff": .dateDiff, "sysdate": .systimestamp,
        "to_date": .toTimestamp, "to_timestamp_ns": .toTimestamp,
    ]
}
