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
        switch (value, best) {
        case (.null, _): return
        case (_, .null): best = value
        case (.text(let candidate), .text(let text)):
            if Direction.prefers(OrderedText(candidate), to: OrderedText(text)) { best = value }
        case (.boolean(let candidate), .boolean(let truth)):
            if Direction.prefers(candidate ? 1 : 0, to: truth ? 1 : 0) { best = value }
        default: return
        }
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull, !rows.isEmpty else { return }
        if case .dictionary(let codes, let dictionary) = argument.vector.form {
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
        for row in rows where argument.isValid(row) { update(argument.vector.scalar(at: row)) }
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

/// Text in the order of its UTF-8 bytes, which is that of its Unicode scalars.
struct OrderedText: Comparable {
    let text: String

    init(_ text: String) { self.text = text }

    static func < (left: OrderedText, right: OrderedText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}
