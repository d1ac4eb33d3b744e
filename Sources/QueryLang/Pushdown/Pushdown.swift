public import Columnar

/// Splits a predicate into what the scan can be told, times and series, and the rest.
///
/// Invariant: a row satisfies the predicate if and only if its time is in `times`, its series in `series`, and
/// `residual` is true for it.
public struct Pushdown: Sendable {
    /// Sorted, disjoint, none empty; none at all if no row can satisfy the predicate (the other two are not set then).
    public private(set) var times: [TimeRange] = [.all]
    /// Series that a row can be of.
    public private(set) var series = ScanSeries.all
    /// What is left of the predicate; null counts as false. Nil means true.
    public private(set) var residual: BoundExpression?

    /// Splits a boolean expression over the columns of a table; nil is true.
    public init(_ predicate: BoundExpression?, table: TableSchema) {
        guard let predicate else { return }
        let conjuncts = predicate.conjuncts
        let timeTruths = conjuncts.map { term in Truth.of(term) { Self.timeLeaf($0, table.timeColumn) } }
        let seriesTruths = conjuncts.map { term in Truth.of(term) { Self.seriesLeaf($0, table.seriesColumn) } }

        let (ranges, isExact) = timeTruths.reduce(TimeSet.all) { $0.intersection($1.whenTrue) }.ranges
        let names = seriesTruths.reduce(SeriesSet.all) { $0.intersection($1.whenTrue) }
        guard !ranges.isEmpty, names != .none else {
            times = []
            return
        }
        times = ranges
        var seriesIsPushed = false
        if case .named(let names) = names {
            seriesIsPushed = true
            series = .named(names.sorted())
        }
        let rest = conjuncts.indices.filter { index in
            let isTold = timeTruths[index].isExact && isExact || seriesTruths[index].isExact && seriesIsPushed
            return !isTold
        }
        residual = BoundExpression.balanced(.and, rest.map { conjuncts[$0] })
    }

    /// Which series to read.
    public enum ScanSeries: Sendable, Hashable {
        /// Every series.
        case all
        /// These only.
        case named([String])
    }

    private static func timeLeaf(_ predicate: BoundExpression, _ column: Int) -> Truth<TimeSet>? {
        switch predicate {
        case .binary(let symbol, .column(column, _), .literal(.timestamp(let time), _), _):
            return TimeSet.comparison(symbol, time).map(exact)
        case .binary(let symbol, .literal(.timestamp(let time), _), .column(column, _), _):
            return TimeSet.comparison(symbol.mirrored, time).map(exact)
        case .binary(let symbol, .call(.dateTrunc, let arguments, _), .literal(.timestamp(let time), _), _):
            return truncation(arguments, column).flatMap { floored(symbol, time, to: $0) }
        case .binary(let symbol, .literal(.timestamp(let time), _), .call(.dateTrunc, let arguments, _), _):
            return truncation(arguments, column).flatMap { floored(symbol.mirrored, time, to: $0) }
        case .inList(.column(column, _), let values, let isNegated):
            var instants: [ClosedRange<Int64>] = []
            for case .timestamp(let time) in values { instants.append(time...time) }
            let set = TimeSet(unsorted: instants)
            return exact(isNegated ? set.complement : set)
        case .isNull(.column(column, _), let isNegated):
            // Every row has a time: it is what rows are ordered by.
            return exact(isNegated ? .all : .none)
        default:
            return nil
        }
    }

    /// The step that `date_trunc(unit, time)` goes by, if all its steps are counted from the Unix epoch.
    private static func truncation(_ arguments: [BoundExpression], _ column: Int) -> Int64? {
        guard arguments.count == 2, case .text(let text)? = arguments[0].constant,
            arguments[1].columnIndex == column, let (count, unit) = CalendarStep.parse(text),
            unit.months == nil, unit != .week, let length = unit.nanoseconds, count > 0
        else { return nil }
        let (step, overflow) = count.multipliedReportingOverflow(by: length)
        return overflow ? nil : step
    }

    /// Where a time floored to multiples of `step` compares so; the first part of a step has no floor that fits Int64.
    private static func floored(_ symbol: BinaryOperator, _ time: Int64, to step: Int64) -> Truth<TimeSet>? {
        guard let set = TimeSet.comparison(symbol, time, flooredTo: step) else { return nil }
        let known = TimeSet(Int64.min / step * step ... .max)
        return Truth(
            whenTrue: set.intersection(known),
            whenFalse: set.complement.intersection(known),
            isExact: true
        )
    }

    private static func exact(_ set: TimeSet) -> Truth<TimeSet> {
        Truth(whenTrue: set, whenFalse: set.complement, isExact: true)
    }

    private static func seriesLeaf(_ predicate: BoundExpression, _ column: Int?) -> Truth<SeriesSet>? {
        guard let column else { return nil }
        var set: SeriesSet
        switch predicate {
        case .binary(let symbol, .column(column, _), .literal(.text(let name), _), _) where symbol.isEquality,
            .binary(let symbol, .literal(.text(let name), _), .column(column, _), _) where symbol.isEquality:
            set = .named([name])
            if symbol == .notEqual { set = set.complement }
        case .inList(.column(column, _), let values, let isNegated):
            var names: Set<String> = []
            for case .text(let name) in values { names.insert(name) }
            set = isNegated ? .except(names) : .named(names)
        default:
            return nil
        }
        return Truth(whenTrue: set, whenFalse: set.complement, isExact: true)
    }
}

extension BinaryOperator {
    /// The comparison with its sides exchanged.
    var mirrored: BinaryOperator {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        case .add, .subtract, .multiply, .divide, .modulo, .equal, .notEqual, .and, .or: self
        }
    }

    fileprivate var isEquality: Bool { self == .equal || self == .notEqual }
}

extension BoundExpression {
    /// The terms of an AND of any nesting.
    var conjuncts: [BoundExpression] {
        guard case .binary(.and, let left, let right, _) = self else { return [self] }
        return left.conjuncts + right.conjuncts
    }

    /// One AND or OR of all operands, as low a tree as can be; nil of none.
    static func balanced(_ symbol: BinaryOperator, _ operands: [BoundExpression]) -> BoundExpression? {
        balanced(symbol, operands[...])
    }

    private static func balanced(_ symbol: BinaryOperator, _ operands: ArraySlice<BoundExpression>) -> BoundExpression?
    {
        guard operands.count > 1 else { return operands.first }
        let middle = operands.startIndex + operands.count / 2
        guard let left = balanced(symbol, operands[..<middle]), let right = balanced(symbol, operands[middle...])
        else { return nil }
        return .binary(symbol, left, right, .boolean)
    }
}
