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

    /// Takes the bound of a slice.
    public mutating func update(statistics: ColumnStatistics?, rowCount: Int) -> Bool {
        guard let statistics else { return false }
        switch Direction.bound(of: statistics) {
        case .int64(let bound), .timestamp(let bound): update(bound)
        case nil where statistics.nullCount == rowCount: break
        default: return false
        }
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
