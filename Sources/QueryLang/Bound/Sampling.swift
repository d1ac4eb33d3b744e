public import Columnar

/// `SAMPLE BY step FILL(…) ALIGN TO …`: the time axis cut into half-open buckets, each named by its start.
public struct Sampling: Sendable, Hashable {
    /// Where buckets begin.
    public enum Alignment: Sendable, Hashable {
        /// At multiples of the step since ``origin``, or those of ``calendar``.
        case calendar
        /// At the time of the first row after WHERE, over all keys.
        case firstObservation
    }

    /// What an aggregate gives in a bucket without rows.
    public enum Fill: Sendable, Hashable {
        /// No value.
        case null
        /// The value of the last bucket with rows of the same keys; null before the first.
        case previous
        /// On the straight line between the values of the neighbouring buckets with rows of the same keys; null before the
        /// first and after the last.
        case linear
        /// A constant of the aggregate's type.
        case value(Scalar)
    }

    /// Days, weeks or months of a time zone: buckets of different lengths.
    public struct Calendar: Sendable, Hashable {
        /// Days of a bucket; 0 if it is of months.
        public var days: Int
        /// Months of a bucket; 0 if it is of days.
        public var months: Int
        /// The time zone; nil is UTC.
        public var zone: ZoneRules?
        /// The local time at which a bucket begins, as nanoseconds of a day and time in UTC that reads the same. The nth bucket
        /// after it begins n times as many days or months later; a month that is too short for its day gives its last.
        public var origin: Int64

        /// Creates a calendar.
        public init(days: Int = 0, months: Int = 0, zone: ZoneRules? = nil, origin: Int64 = 0) {
            self.days = days
            self.months = months
            self.zone = zone
            self.origin = origin
        }
    }

    /// Nanoseconds of a bucket; positive. Of the longest one, if ``calendar`` is set.
    public var step: Int64
    /// A time at which a bucket begins, if ``alignment`` is calendar and ``calendar`` is nil.
    public var origin: Int64
    /// How buckets lie if their lengths are a matter of the calendar; nil if each has ``step``. Aligned to the first
    /// observation, its origin is of no meaning.
    public var calendar: Calendar?
    /// FROM: the first bucket of all is that of this time; what little of the rows is before it, though not before FROM,
    /// belongs to it too. It is filled even if it has no rows. WHERE has a term that leaves earlier rows out.
    public var from: Int64?
    /// TO: FILL goes on to the last bucket that begins before this time. WHERE has a term that leaves other rows out.
    public var to: Int64?
    /// Where buckets begin.
    public var alignment: Alignment
    /// One rule for each of ``Aggregation/aggregates``: then every combination of keys in the answer has a row for every
    /// bucket from the first to the last of the whole answer, or from ``from`` and up to ``to``. Empty: a bucket without
    /// rows gives none.
    public var fills: [Fill]

    /// Creates a sampling.
    public init(step: Int64, origin: Int64 = 0, alignment: Alignment = .calendar, fills: [Fill] = []) {
        self.step = step
        self.origin = origin
        self.alignment = alignment
        self.fills = fills
    }
}
