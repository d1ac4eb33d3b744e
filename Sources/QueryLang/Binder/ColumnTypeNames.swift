import Columnar

/// The names of column types: those of results, and the words of QuestDB and SQL for what one of our types holds whole.
enum ColumnTypeNames {
    private static let types: [String: ColumnType] = [
        "boolean": .boolean, "bool": .boolean,
        "int64": .int64, "bigint": .int64, "long": .int64, "integer": .int64, "int": .int64, "short": .int64,
        "smallint": .int64, "byte": .int64,
        "float64": .float64, "double": .float64, "float": .float64, "real": .float64,
        "timestamp": .timestamp, "timestamp_ns": .timestamp, "date": .timestamp,
        "symbol": .symbol,
        "string": .string, "varchar": .string, "text": .string, "char": .string, "uuid": .string,
        "ipv4": .string, "long256": .string,
    ]

    /// Types of QuestDB's and SQL's that nothing here can hold without losing something, with what to take instead.
    private static let refused: [String: String] = [
        "binary": "there are no bytes; string holds text, such as hexadecimal digits",
        "geohash": "string can hold its letters",
        "long128": "string can hold its digits",
        "decimal": "float64 holds decimals of up to 15 digits as written",
        "numeric": "float64 holds decimals of up to 15 digits as written",
        "interval": "two columns of type timestamp can hold its ends",
        "array": "take a column for each element, or a row",
    ]

    /// The type of a name, without regard to case.
    static func type(_ name: Identifier) throws(QueryError) -> ColumnType {
        let word = name.name.lowercased()
        if let type = types[word] { return type }
        let shown = QueryDiagnostic.shortened(name.name)
        if let hint = refused[word] {
            throw QueryError(.type, "the type \(shown) is not supported", at: name.span, hint: hint)
        }
        let names = ColumnType.allCases.map(\.name)
        let near = NearestName.find(word, among: names + types.keys.sorted())
        throw QueryError(
            .type,
            "unknown type '\(shown)'",
            at: name.span,
            expected: names,
            hint: near.map { "did you mean \($0)?" } ?? "the types are " + names.joined(separator: ", ")
        )
    }

    /// The SQL type that a word says, if it says more than the type of the values: in our own dialect a `timestamp` has
    /// nanoseconds, in QuestDB's microseconds.
    private static func declared(_ word: String, _ dialect: QueryDialect) -> DeclaredType? {
        guard let declared = DeclaredType(name: word) else { return nil }
        if dialect != .questdb, declared == .timestampMicros { return nil }
        return declared == DeclaredType(declared.columnType) ? nil : declared
    }

    /// The column of a definition.
    static func column(_ definition: ColumnDefinition, _ dialect: QueryDialect) throws(QueryError) -> Column {
        let type = try type(definition.type)
        let name = definition.name
        guard name.name != TableSchema.arrivalColumnName else {
            throw QueryError(.semantic, "no column can be called '\(name.name)'", at: name.span)
        }
        guard definition.symbol == ColumnDefinition.SymbolOptions() || type == .symbol else {
            throw QueryError(
                .semantic,
                "CAPACITY, CACHE and INDEX are of symbol columns; '\(QueryDiagnostic.shortened(name.name))' is \(type.name)",
                at: name.span
            )
        }
        guard let declared = declared(definition.type.name, dialect), declared.columnType == type else {
            return Column(name.name, type)
        }
        return Column(name.name, declared: declared)
    }
}
