public import Columnar
public import QueryLang

/// `count_distinct(x)` over text: how many different ones there are by their UTF-8 bytes, exactly. Null does not count.
public struct TextCountDistinctFold: MergeableFold, Hashable {
    /// Version 1: the texts, sorted.
    public static let stateVersion: UInt8 = 1
    private var texts: Set<TextBytes> = []
    /// UTF-8 bytes of the texts.
    private var textBytes = 0

    /// No text yet.
    public init() {}

    /// How many different texts.
    public var count: Int64 { Int64(texts.count) }

    /// Takes a text.
    public mutating func update(_ text: String) {
        if texts.insert(TextBytes(text)).inserted { textBytes += text.utf8.count }
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull, !rows.isEmpty else { return }
        switch arguments.firstVector?.form {
        case .dictionary(let codes, let dictionary) where dictionary.values.count <= rows.count:
            // Few texts, many rows: each text is hashed once.
            var seen = [Bool](repeating: false, count: dictionary.values.count)
            for row in rows where argument.isValid(row) { seen[Int(codes.base[row])] = true }
            for code in seen.indices where seen[code] { update(dictionary.values[code]) }
        case .constant(.text(let text), _):
            if rows.contains(where: { argument.isValid($0) }) { update(text) }
        default:
            for row in rows where argument.isValid(row) {
                if case .text(let text) = arguments.firstScalar(at: row) { update(text) }
            }
        }
    }

    /// Takes a slice that holds one text only, like a series key.
    public mutating func update(statistics: SliceStatistics) -> Bool {
        guard case .text(let least) = statistics.first?.min, case .text(let greatest) = statistics.first?.max else {
            return statistics.hasNullArgument
        }
        guard TextBytes(least) == TextBytes(greatest) else { return false }
        update(least)
        return true
    }

    /// Takes over the other's texts.
    public mutating func merge(_ other: TextCountDistinctFold) { for text in other.texts { update(text.text) } }

    /// How many different texts.
    public func finalize(output: Int) throws(QueryError) -> Scalar { .int64(count) }

    /// Bytes of the set and of its texts.
    public var heldBytes: Int { texts.capacity * MemoryLayout<TextBytes>.stride + textBytes }

    /// Writes the texts.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(UInt32(texts.count))
        for text in texts.map({ OrderedText($0.text) }).sorted() { writer.write(text.text) }
    }

    /// Reads the texts.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let count = try reader.read(UInt32.self)
        for _ in 0..<count { update(try reader.readString()) }
        guard texts.count == count else { throw .malformed }
    }
}
