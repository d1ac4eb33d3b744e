import Columnar
import QueryLang

/// A number that a ``NumberEndFold`` keeps.
protocol EndNumber: BitwiseCopyable, Sendable, Hashable, AdditiveArithmetic {
    /// The value of a row that is valid.
    static func value(_ argument: FoldArguments.Argument, _ row: Int) -> Self
    /// Where values lie that need no conversion, with one in every row; nil for all else.
    static func plain(_ argument: FoldArguments.Argument) -> UnsafePointer<Self>?
    /// A number of statistics; nil if it is none.
    init?(scalar: Scalar)
    /// As a value of a query.
    var scalar: Scalar { get }
    /// As bits of a state.
    var stateBits: UInt64 { get }
    /// From bits of a state.
    init(stateBits: UInt64)
}

extension Double: EndNumber {
    @inline(__always)
    static func value(_ argument: FoldArguments.Argument, _ row: Int) -> Double { argument.double(row) }
    @inline(__always)
    static func plain(_ argument: FoldArguments.Argument) -> UnsafePointer<Double>? { argument.plainDoubles }
    init?(scalar: Scalar) {
        guard let value = scalar.double else { return nil }
        self = value
    }
    @inline(__always)
    var scalar: Scalar { .float64(self) }
    var stateBits: UInt64 { bitPattern }
    init(stateBits: UInt64) { self.init(bitPattern: stateBits) }
}

extension Int64: EndNumber {
    @inline(__always)
    static func value(_ argument: FoldArguments.Argument, _ row: Int) -> Int64 { argument.mantissa(row)?.value ?? 0 }
    @inline(__always)
    static func plain(_ argument: FoldArguments.Argument) -> UnsafePointer<Int64>? {
        if case .int64(let base) = argument.values, argument.validity == nil { base } else { nil }
    }
    init?(scalar: Scalar) {
        guard let value = scalar.int64 else { return nil }
        self = value
    }
    @inline(__always)
    var scalar: Scalar { .int64(self) }
    var stateBits: UInt64 { UInt64(bitPattern: self) }
    init(stateBits: UInt64) { self.init(bitPattern: stateBits) }
}

/// `first(x)` and `last(x)` over numbers and times in groups of a query: ``FirstFold`` and ``LastFold`` in a state of plain
/// bits, which is added, copied and forgotten without a look at what it holds. Groups of a few rows are many.
struct NumberEndFold<End: RowEnd, Number: EndNumber>: MergeableFold, Hashable {
    /// Version 1: whether there is a value, its time, its bits.
    static var stateVersion: UInt8 { 1 }

    private var time: Int64 = 0
    private var value = Number.zero
    private var hasValue = false

    init() {}

    @inline(__always)
    private mutating func take(_ time: Int64, _ value: @autoclosure () -> Number) {
        guard !hasValue || (End.isFirst ? time < self.time : time >= self.time) else { return }
        self.time = time
        self.value = value()
        hasValue = true
    }

    mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        let row = End.isFirst ? rows.first { argument.isValid($0) } : rows.last { argument.isValid($0) }
        guard let row else { return }
        take(arguments.time(row), Number.value(argument, row))
    }

    static func update(
        _ states: UnsafeMutablePointer<Self>,
        _ arguments: borrowing FoldArguments,
        runs: [FoldRun]
    ) {
        guard let argument = arguments.first, argument.validity == nil, !argument.isNull else {
            for run in runs { states[run.group].update(arguments, rows: run.rows) }
            return
        }
        guard let base = Number.plain(argument) else { return update(states, argument, arguments, runs) }
        switch arguments.times?.values {
        case .int64(let times):
            for run in runs {
                let row = row(of: run)
                states[run.group].take(times[row], base[row])
            }
        case .sequence(let start, let step):
            for run in runs {
                let row = row(of: run)
                states[run.group].take(start &+ Int64(row) &* step, base[row])
            }
        default: update(states, argument, arguments, runs)
        }
    }

    /// Takes runs of an argument without nulls, of any form.
    private static func update(
        _ states: UnsafeMutablePointer<Self>,
        _ argument: FoldArguments.Argument,
        _ arguments: borrowing FoldArguments,
        _ runs: [FoldRun]
    ) {
        for run in runs {
            let row = row(of: run)
            states[run.group].take(arguments.time(row), Number.value(argument, row))
        }
    }

    @inline(__always)
    private static func row(of run: FoldRun) -> Int {
        End.isFirst ? run.rows.lowerBound : run.rows.upperBound &- 1
    }

    mutating func update(statistics: SliceStatistics) -> Bool {
        let known = End.isFirst ? statistics.first?.first : statistics.first?.last
        guard let known, let value = Number(scalar: known) else { return statistics.hasNullArgument }
        take(End.isFirst ? statistics.firstTime : statistics.lastTime, value)
        return true
    }

    mutating func merge(_ other: Self) {
        if other.hasValue { take(other.time, other.value) }
    }

    func finalize(output: Int) throws(QueryError) -> Scalar { hasValue ? value.scalar : .null }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(hasValue)
        writer.write(time)
        writer.write(value.stateBits)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        hasValue = try reader.readBool()
        time = try reader.readInt64()
        value = Number(stateBits: try reader.read(UInt64.self))
    }
}

/// `first(x)` over doubles and decimals.
struct FirstDoubleFold: WrappingFold { var wrapped: NumberEndFold<FirstRow, Double> }

/// `last(x)` over doubles and decimals.
struct LastDoubleFold: WrappingFold { var wrapped: NumberEndFold<LastRow, Double> }

/// `first(x)` over integers and times.
struct FirstIntegerFold: WrappingFold { var wrapped: NumberEndFold<FirstRow, Int64> }

/// `last(x)` over integers and times.
struct LastIntegerFold: WrappingFold { var wrapped: NumberEndFold<LastRow, Int64> }
