/// The words that the grammar knows. Case does not matter.
enum Keyword: String, CaseIterable {
    case select = "SELECT"
    case from = "FROM"
    case `where` = "WHERE"
    case sample = "SAMPLE"
    case group = "GROUP"
    case latest = "LATEST"
    case order = "ORDER"
    case limit = "LIMIT"
    case by = "BY"
    case on = "ON"
    case `as` = "AS"
    case and = "AND"
    case or = "OR"
    case not = "NOT"
    case `in` = "IN"
    case `is` = "IS"
    case between = "BETWEEN"
    case null = "NULL"
    case `true` = "TRUE"
    case `false` = "FALSE"
    // Names too, where no clause can begin.
    case partition = "PARTITION"
    case asc = "ASC"
    case desc = "DESC"
    case show = "SHOW"
    case tables = "TABLES"
    case columns = "COLUMNS"

    /// Words that are no names unless they are quoted, because a name could stand where they do.
    var isReserved: Bool {
        switch self {
        case .partition, .asc, .desc, .show, .tables, .columns: false
        default: true
        }
    }

    /// The keyword that a word spells.
    init?(word: String) {
        // The longest keyword has 9 letters: nothing longer needs folding.
        guard word.utf8.count <= 9 else { return nil }
        self.init(rawValue: word.uppercased())
    }

    /// Words of SQL, or of QuestDB's, that begin something which the language does not have: they are reserved, so that
    /// a text which uses one gets told so, and so that the language can grow.
    static let unsupported: Set<String> = [
        "HAVING", "UNION", "EXCEPT", "INTERSECT", "JOIN", "DISTINCT", "OVER", "CASE", "CAST", "LIKE", "ILIKE", "WITH",
        "FILL", "ALIGN", "OFFSET",
    ]

    /// Statements that the language does not have. Names anywhere but at the start of a text.
    static let unsupportedStatements: Set<String> = [
        "EXPLAIN", "INSERT", "CREATE", "ALTER", "DROP", "DELETE", "UPDATE", "TRUNCATE", "WITH", "COPY", "BACKFILL",
    ]

    /// Whether a bare word can be a name.
    static func isName(_ word: String) -> Bool {
        if let keyword = Keyword(word: word) { return !keyword.isReserved }
        return !isUnsupported(word)
    }

    /// Whether a word is reserved for what the language does not have.
    static func isUnsupported(_ word: String) -> Bool {
        word.utf8.count <= 9 && unsupported.contains(word.uppercased())
    }
}
