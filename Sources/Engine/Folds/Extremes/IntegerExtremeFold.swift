public import Columnar
public import QueryLang

/// The smallest or largest integer or timestamp.
public struct IntegerExtremeFold<Direction: ExtremeDirection>: MergeableFold, Hashable {
    /// Version 1: whether there is a value, the value.
    public static var stateVersion: UInt8 { 1 }
    private var best = Direction.worstInteger
    private var hasValue = false

    /// No value yet.
    public init() {}

    /// Takes an integer.
    @inline(__always)
    public mutating func update(_ value: Int64) {
        best = Direction.prefers(value, to: best) ? value : best
        hasValue = true
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !rows.isEmpty else { return }
        switch argument.values {
        case .int64(let base):
            if argument.validity != nil {
                for row in rows where argument.isValid(row) { update(base[row]) }
                return
            }
            var extreme = base[rows.lowerBound]
            for row in rows {
                let value = base[row]
                extreme = Direction.prefers(value, to: extreme) ? value : extreme
            }
            update(extreme)
        case .sequence(let start, let step):
            if argument.validity != nil {
                for row in rows where argument.isValid(row) { update(start &+ Int64(row) &* step) }
                return
            }
            update(start &+ Int64(rows.lowerBound) &* step)
            update(start &+ Int64(rows.upperBound - 1) &* step)
        case .float64, .decimal, .other, .nulls: return
        }
    }

    /// Takes runs of rows: those of integers in memory all in one go.
    public static func update(
        _ states: UnsafeMutablePointer<Self>,
        _ arguments: borrowing FoldArguments,
        runs: [FoldRun]
    ) {
        guard case .int64(let base) = arguments.first?.values, arguments.first?.validity == nil else {
            for run in runs { states[run.group].update(arguments, rows: run.rows) }
            return
        }
        RunKernels(runs).withBounds(base) { minima, maxima in
            for (index, run) in runs.enumerated() {
                states[run.group].update(Direction.bound(minima[index], maxima[index]))
            }
        }
    }

    /// Takes the bound of a slice.
    public mutating func update(statistics: SliceStatistics) -> Bool {
        guard let known = statistics.first, let bound = Direction.bound(of: known)?.int64 else {
            return statistics.hasNullArgument
        }
        update(bound)
        return true
    }

    /// Takes over the other's extreme.
    public mutating func merge(_ other: Self) {
        if other.hasValue { update(other.best) }
    }

    /// The extreme; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { hasValue ? .int64(best) : .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(hasValue)
        writer.write(best)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        hasValue = try reader.readBool()
        best = try reader.readInt64()
    }
}
