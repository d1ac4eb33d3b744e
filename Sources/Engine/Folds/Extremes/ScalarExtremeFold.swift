public import Columnar
public import QueryLang

/// The smallest or largest text (by its UTF-8 bytes) or truth value (false before true).
public struct ScalarExtremeFold<Direction: ExtremeDirection>: MergeableFold, Hashable {
    /// Version 1: the value.
    public static var stateVersion: UInt8 { 1 }
    private var best = Scalar.null

    /// No value yet.
    public init() {}

    /// Takes a value.
    public mutating func update(_ value: Scalar) {
        if value.isNull { return }
        if best.isNull || Direction.prefers(value, to: best, ScalarOrder.isLess) { best = value }
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull, !rows.isEmpty else { return }
        if case .dictionary(let codes, let dictionary) = arguments.firstVector?.form {
            // Few texts, many rows: each text is compared once.
            var seen = [Bool](repeating: false, count: dictionary.values.count)
            for row in rows where argument.isValid(row) {
                let code = Int(codes.base[row])
                if !seen[code] {
                    seen[code] = true
                    update(.text(dictionary.values[code]))
                }
            }
            return
        }
        for row in rows where argument.isValid(row) { update(arguments.firstScalar(at: row)) }
    }

    /// Takes the bound of a slice.
    public mutating func update(statistics: SliceStatistics) -> Bool {
        guard let known = statistics.first, let bound = Direction.bound(of: known) else {
            return statistics.hasNullArgument
        }
        update(bound)
        return true
    }

    /// Takes over the other's extreme.
    public mutating func merge(_ other: Self) { update(other.best) }

    /// The extreme; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { best }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) { writer.write(best) }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        best = try reader.readScalar()
    }
}
