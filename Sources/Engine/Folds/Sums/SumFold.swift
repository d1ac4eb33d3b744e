public import Columnar
public import Market
public import QueryLang

/// `sum(x)` and Σ of features over decimals and doubles: exact for decimals, then the nearest double.
public struct SumFold: MergeableFold, WindowFold, Hashable {
    /// Version 2: count, sum. Version 1 had another sum of doubles.
    public static let stateVersion: UInt8 = 2
    /// Values summed.
    public private(set) var count: Int64 = 0
    /// Their sum.
    public private(set) var total = DecimalSum()

    /// Nothing summed.
    public init() {}

    /// Adds a decimal.
    @inline(__always)
    public mutating func update(_ value: Decimal) {
        count &+= 1
        total.add(value)
    }

    /// Adds a double.
    @inline(__always)
    public mutating func update(_ value: Double) {
        count &+= 1
        total.add(value)
    }

    /// The sum; nil if nothing was summed.
    public var value: Double? { count == 0 ? nil : total.double }

    /// Adds rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        if let (base, scale) = argument.plainMantissas {
            total.add(UnsafeBufferPointer(start: base + rows.lowerBound, count: rows.count), scale: scale)
            count &+= Int64(rows.count)
        } else if let base = argument.plainDoubles {
            total.add(UnsafeBufferPointer(start: base + rows.lowerBound, count: rows.count))
            count &+= Int64(rows.count)
        } else {
            for row in rows where argument.isValid(row) { update(argument, row) }
        }
    }

    /// Adds runs of rows: those of decimals all in one go.
    public static func update(
        _ states: UnsafeMutablePointer<SumFold>,
        _ arguments: borrowing FoldArguments,
        runs: [FoldRun]
    ) {
        if let (base, scale) = arguments.first?.plainMantissas {
            let isDone = RunKernels(runs).withSums(base, rowCount: arguments.rowCount) { sums, bits in
                for (index, run) in runs.enumerated() {
                    let state = states + run.group
                    if state.pointee.total.holds(bits: bits, scale: scale) {
                        state.pointee.total.add(sum: Int128(sums[index]), scale: scale)
                        state.pointee.count &+= Int64(run.rows.count)
                    } else {
                        state.pointee.update(arguments, rows: run.rows)
                    }
                }
            }
            if isDone { return }
        } else if let base = arguments.first?.plainDoubles {
            for run in runs {
                let state = states + run.group
                let values = UnsafeBufferPointer(start: base + run.rows.lowerBound, count: run.rows.count)
                state.pointee.total.add(values)
                state.pointee.count &+= Int64(run.rows.count)
            }
            return
        }
        for run in runs { states[run.group].update(arguments, rows: run.rows) }
    }

    @inline(__always)
    private mutating func update(_ argument: FoldArguments.Argument, _ row: Int) {
        count &+= 1
        if let (mantissa, scale) = argument.mantissa(row) {
            total.add(mantissa, scale: scale)
        } else {
            total.add(argument.double(row))
        }
    }

    /// Takes rows out.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        for row in rows where argument.isValid(row) {
            count &-= 1
            if let (mantissa, scale) = argument.mantissa(row) {
                total.subtract(Int128(mantissa), scale: scale)
            } else {
                total.subtract(argument.double(row))
            }
        }
        if count == 0 { self = SumFold() }
    }

    /// After so many doubles that were taken out.
    public var isResummationDue: Bool { total.isResummationDue }

    /// Adds the sum of a slice, if it is known.
    public mutating func update(statistics: SliceStatistics) -> Bool {
        guard let known = statistics.first, let sum = known.sum else { return statistics.hasNullArgument }
        count &+= Int64(statistics.rowCount - known.nullCount)
        total.add(sum)
        return true
    }

    /// Adds the other sum.
    public mutating func merge(_ other: SumFold) {
        count &+= other.count
        total.merge(other.total)
    }

    /// The sum; null if nothing was summed.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes count and sum.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        total.encode(into: &writer)
    }

    /// Reads count and sum.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        total = try DecimalSum(from: &reader)
    }
}
