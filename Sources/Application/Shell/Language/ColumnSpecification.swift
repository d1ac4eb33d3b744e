import MarketStore

/// The columns of a bucket to create, in MarketStore's words: `Open,High,Low,Close/float32:Volume/int64`.
struct ColumnSpecification: Equatable {
    /// The columns in their order, without `Epoch`, which every bucket has.
    let columns: [Bucket.Column]

    /// MarketStore's words for the types of columns.
    static let types: [(word: String, type: WireType)] = [
        ("float32", .float32), ("float64", .float64), ("int8", .int8), ("byte", .int8), ("int16", .int16),
        ("int32", .int32), ("int64", .int64), ("uint8", .uint8), ("uint16", .uint16), ("uint32", .uint32),
        ("uint64", .uint64), ("string16", .string16),
    ]

    init(columns: [Bucket.Column]) { self.columns = columns }

    init(_ text: String) throws(ShellCommandError) {
        var columns: [Bucket.Column] = []
        for group in text.split(separator: ":", omittingEmptySubsequences: false) {
            let parts = group.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw ShellCommandError(
                    "'\(group)' is not NAMES/TYPE; columns are written as in Open,High,Low,Close/float32:Volume/int64"
                )
            }
            let type = try Self.type(String(parts[1]))
            for name in parts[0].split(separator: ",", omittingEmptySubsequences: false) {
                guard !name.isEmpty else { throw ShellCommandError("'\(group)' has a column without a name") }
                guard name != "Epoch" else { continue }
                guard !columns.contains(where: { $0.name == name }) else {
                    throw ShellCommandError("the column '\(name)' is there twice")
                }
                columns.append(Bucket.Column(name: String(name), type: type))
            }
        }
        guard !columns.isEmpty else { throw ShellCommandError("a bucket needs a column besides Epoch") }
        self.columns = columns
    }

    private static func type(_ word: String) throws(ShellCommandError) -> WireType {
        if let known = types.first(where: { $0.word == word.lowercased() }) { return known.type }
        if let type = WireType(rawValue: word) { return type }
        let words = types.map(\.word)
        let hint =
            nearest(to: word, in: words).map { "did you mean \($0)?" }
            ?? "the types are \(words.joined(separator: ", "))"
        throw ShellCommandError("'\(word)' is no type of a column; \(hint)")
    }
}
