import Columnar

/// Finds where the buckets of SAMPLE BY lie.
///
/// Seconds, minutes and hours have one length: their buckets follow each other evenly, from the local midnight of the Unix
/// epoch or from FROM, whatever the clocks do. Days and weeks in a time zone that changes its clocks, months and years are
/// of the calendar.
struct SampleBinder {
    /// Buckets, and the part of the time axis that they cover.
    struct Range {
        var sampling: Sampling
        /// FROM.
        var from: Int64?
        /// TO.
        var to: Int64?

        /// What WHERE has to ask of the rows.
        func conditions(on time: Int) -> [BoundExpression] {
            func compare(_ symbol: BinaryOperator, _ bound: Int64) -> BoundExpression {
                .binary(symbol, .column(time, .timestamp), .literal(.timestamp(bound), .timestamp), .boolean)
            }
            return (from.map { [compare(.greaterOrEqual, $0)] } ?? []) + (to.map { [compare(.less, $0)] } ?? [])
        }
    }

    private let clause: SampleClause
    private let binder: Binder

    init(_ clause: SampleClause, binder: Binder) {
        self.clause = clause
        self.binder = binder
    }

    func bind() throws(QueryError) -> Range {
        if clause.alignment == .firstObservation {
            if let bound = clause.from ?? clause.to {
                throw QueryError(
                    .semantic,
                    "FROM and TO do not go with ALIGN TO FIRST OBSERVATION",
                    at: bound.span,
                    hint: "they say where buckets begin; leave ALIGN TO out"
                )
            }
            return Range(sampling: try firstObservation())
        }
        let zone = try zone()
        let offset = try clause.offset.map(Self.offset) ?? 0
        let from = try clause.from.map { bound throws(QueryError) in try instant(bound, "FROM", zone) }
        let to = try clause.to.map { bound throws(QueryError) in try instant(bound, "TO", zone) }
        if let from, let to, let bound = clause.to, to <= from {
            throw QueryError(.semantic, "TO is not after FROM", at: bound.span)
        }
        var sampling = try isOfCalendar(zone) ? calendar(zone, offset, from) : even(zone, offset, from)
        sampling.to = to
        return Range(sampling: sampling, from: from, to: to)
    }

    /// Whether buckets differ in length.
    private func isOfCalendar(_ zone: ZoneRules) -> Bool {
        switch clause.interval.unit {
        case .months, .years: true
        case .days, .weeks: !zone.isFixed
        case .nanoseconds, .microseconds, .milliseconds, .seconds, .minutes, .hours: false
        }
    }

    private func firstObservation() throws(QueryError) -> Sampling {
        guard let months = clause.interval.months else {
            return Sampling(step: try length(), alignment: .firstObservation)
        }
        var sampling = Sampling(step: Self.longest(months: months), alignment: .firstObservation)
        sampling.calendar = Sampling.Calendar(months: months)
        return sampling
    }

    private func length() throws(QueryError) -> Int64 {
        guard let length = clause.interval.nanoseconds else {
            throw QueryError(.semantic, "the interval is longer than 292 years", at: clause.span)
        }
        return length
    }

    // MARK: Buckets

    /// Clocks that were moved between 1970 and 2000 show full hours as of 2000, so that `1h` begins at those.
    private static let reference = Int64(CivilTime.days(year: 2000, month: 1, day: 1)) * CivilTime.day
    /// Weeks begin on Mondays: the one of the week that the epoch lies in.
    private static let monday = -3 * CivilTime.day

    private func even(_ zone: ZoneRules, _ offset: Int64, _ from: Int64?) throws(QueryError) -> Sampling {
        let step = try length()
        let first = clause.interval.unit == .weeks ? Self.monday : 0
        guard let from else {
            return Sampling(step: step, origin: first - zone.offset(atUTC: Self.reference) + offset)
        }
        let (origin, overflow) = from.addingReportingOverflow(offset % step)
        guard !overflow else { throw tooFar }
        var sampling = Sampling(step: step, origin: origin)
        sampling.from = origin
        return sampling
    }

    private func calendar(_ zone: ZoneRules, _ offset: Int64, _ from: Int64?) throws(QueryError) -> Sampling {
        let months = clause.interval.months
        let weeks = clause.interval.unit == .weeks
        guard let count = Int(exactly: clause.interval.count), count < 1_000_000 else {
            throw QueryError(.semantic, "the interval is too long", at: clause.span)
        }
        let days = months == nil ? (weeks ? 7 : 1) * count : 0
        // A day may be as long as two where clocks skip one.
        let step = months.map(Self.longest) ?? Int64(clamping: Int128(days + 1) * Int128(CivilTime.day))
        var origin = weeks ? Self.monday : 0
        if let from {
            guard let local = zone.local(ofUTC: from) else { throw tooFar }
            origin = local
        }
        let moved = origin.addingReportingOverflow(offset)
        guard !moved.overflow else { throw tooFar }
        var sampling = Sampling(step: step)
        sampling.calendar = Sampling.Calendar(
            days: days,
            months: months ?? 0,
            zone: zone.isFixed && zone.offset(atUTC: 0) == 0 ? nil : zone,
            origin: moved.partialValue
        )
        if from != nil {
            guard let first = zone.utc(ofLocal: moved.partialValue) else { throw tooFar }
            sampling.from = first
        }
        return sampling
    }

    /// Nanoseconds of so many months at most.
    private static func longest(months: Int) -> Int64 {
        Int64(clamping: (Int128(months) * 31 + 1) * Int128(CivilTime.day))
    }

    private var tooFar: QueryError {
        QueryError(.semantic, "the buckets begin outside of the years 1677 to 2262", at: clause.span)
    }

    // MARK: Constants

    private func zone() throws(QueryError) -> ZoneRules {
        guard let text = clause.timeZone else { return .utc }
        if let rules = ZoneRules(named: text.text) { return rules }
        throw QueryError(
            .semantic,
            "unknown time zone '\(QueryDiagnostic.shortened(text.text))'",
            at: text.span,
            hint: "write a name of the time zone database such as 'Europe/Berlin', or an offset such as '+05:30'"
        ).inQuestDB("invalid timezone: \(text.text)")
    }

    /// `[+ | -] hh:mm` in nanoseconds.
    private static func offset(_ text: SampleClause.Text) throws(QueryError) -> Int64 {
        var digits = text.text[...]
        let isNegative = digits.first == "-"
        if digits.first == "-" || digits.first == "+" { digits = digits.dropFirst() }
        let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in part.count == 2 ? Int64(part) : nil }
        guard parts.count == 2, numbers.count == 2, (0..<24).contains(numbers[0]), (0..<60).contains(numbers[1]) else {
            throw QueryError(
                .semantic,
                "'\(QueryDiagnostic.shortened(text.text))' is no offset",
                at: text.span,
                hint: "write hours and minutes such as '00:30' or '-01:00'"
            ).inQuestDB("invalid offset: \(text.text)")
        }
        let offset = numbers[0] * CivilTime.hour + numbers[1] * CivilTime.minute
        return isNegative ? -offset : offset
    }

    /// A bound. A text without a zone of its own is local time.
    private func instant(_ bound: Expression, _ name: String, _ zone: ZoneRules) throws(QueryError) -> Int64 {
        let operand = try Constants(binder: binder).operand(bound, of: name)
        switch operand.expression.constant {
        case .timestamp(let time): return time
        case .text(let text):
            let time = try TypeRules.interval(text, operand.span).start
            guard !Self.hasZone(text) else { return time }
            guard let instant = zone.utc(ofLocal: time) else { throw tooFar }
            return instant
        default:
            throw QueryError(
                .type,
                "\(name) takes a timestamp, not \(operand.typeName)",
                at: operand.span,
                hint: "write one like '2024-08-08T23:55'"
            )
        }
    }

    /// Whether a timestamp says its zone behind the time of day.
    private static func hasZone(_ text: String) -> Bool {
        guard let time = text.firstIndex(where: { $0 == "T" || $0 == " " }) else { return false }
        return text[time...].dropFirst().contains { $0 == "Z" || $0 == "+" || $0 == "-" }
    }
}
