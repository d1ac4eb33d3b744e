/// A length of time in a text, `5m`, `-1d`, `+2M`, as intervals of time and steps are written.
struct SignedInterval: Equatable {
    /// The length without its sign.
    let interval: Interval
    /// Whether a minus sign stands before it.
    let isNegative: Bool

    /// Nil if the text is none.
    init?(_ text: some StringProtocol) {
        var rest = text[...]
        isNegative = rest.first == "-"
        if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard let count = UInt64(digits), let unit = Interval.Unit(spelling: String(rest.dropFirst(digits.count)))
        else {
            return nil
        }
        interval = Interval(count: count, unit: unit)
    }

    /// Its length; nil past Int64, and for months and years.
    var nanoseconds: Int64? { interval.nanoseconds.map { isNegative ? -$0 : $0 } }

    /// Its length in months; nil if it is of fixed length.
    var months: Int? { interval.months.map { isNegative ? -$0 : $0 } }
}
