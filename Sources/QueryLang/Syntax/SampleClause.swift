/// `SAMPLE BY interval [FROM …] [TO …] [FILL(…)] [ALIGN TO CALENDAR [TIME ZONE …] [WITH OFFSET …] | FIRST OBSERVATION]`.
public struct SampleClause: Sendable, Hashable {
    /// What FILL puts in a bucket without rows.
    public struct Fill: Sendable, Hashable {
        /// The ways to fill.
        public enum Kind: Sendable, Hashable {
            /// `NONE`: there is no such bucket.
            case none
            /// `NULL`.
            case null
            /// `PREV`: the value of the bucket before.
            case previous
            /// `LINEAR`: on the line between the neighbours.
            case linear
            /// A literal, with or without a sign.
            case constant(Expression)
        }

        /// How to fill.
        public var kind: Kind
        /// Where it stands.
        @IgnoredInComparison public var span: SourceSpan

        /// Creates one.
        public init(_ kind: Kind, span: SourceSpan) {
            self.kind = kind
            self._span = IgnoredInComparison(wrappedValue: span)
        }
    }

    /// A text as written, which the binder reads.
    public struct Text: Sendable, Hashable {
        /// The text without its quotes.
        public var text: String
        /// Where it stands.
        @IgnoredInComparison public var span: SourceSpan

        /// Creates one.
        public init(_ text: String, span: SourceSpan) {
            self.text = text
            self._span = IgnoredInComparison(wrappedValue: span)
        }
    }

    /// The length of a bucket.
    public var interval: Interval
    /// FROM: a constant, where the first bucket begins; nil without it.
    public var from: Expression?
    /// TO: a constant, before which the last bucket begins; nil without it.
    public var to: Expression?
    /// FILL: one for all aggregates, or one for each; empty without the clause.
    public var fills: [Fill]
    /// ALIGN TO; CALENDAR without the clause.
    public var alignment: Sampling.Alignment
    /// TIME ZONE of ALIGN TO CALENDAR; UTC without it.
    public var timeZone: Text?
    /// WITH OFFSET of ALIGN TO CALENDAR; nil without it.
    public var offset: Text?
    /// Where the interval stands.
    @IgnoredInComparison public var intervalStart: Int?
    /// Where the clause stands, up to the interval.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a clause without FILL.
    public init(_ interval: Interval, alignment: Sampling.Alignment = .calendar, span: SourceSpan) {
        self.interval = interval
        self.fills = []
        self.alignment = alignment
        self._intervalStart = IgnoredInComparison(wrappedValue: nil)
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}
