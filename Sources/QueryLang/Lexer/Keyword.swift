/// The words that the grammar knows. Case does not matter.
enum Keyword: String, CaseIterable {
    case select = "SELECT"
    case from = "FROM"
    case `where` = "WHERE"
    case group = "GROUP"
    case having = "HAVING"
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
    case distinct = "DISTINCT"
    case join = "JOIN"
    case over = "OVER"
    case `case` = "CASE"
    case cast = "CAST"
    case like = "LIKE"
    case ilike = "ILIKE"
    case with = "WITH"
    case union = "UNION"
    case except = "EXCEPT"
    case intersect = "INTERSECT"
    // Names too, but no aliases of a source without AS: they may begin what follows it.
    case sample = "SAMPLE"
    case fill = "FILL"
    case align = "ALIGN"
    case latest = "LATEST"
    case asof = "ASOF"
    case lt = "LT"
    case inner = "INNER"
    case left = "LEFT"
    case window = "WINDOW"
    case tolerance = "TOLERANCE"
    case range = "RANGE"
    case offset = "OFFSET"
    case using = "USING"
    case cross = "CROSS"
    case right = "RIGHT"
    case full = "FULL"
    case splice = "SPLICE"
    // Names too, wherever a name can stand.
    case outer = "OUTER"
    case all = "ALL"
    case values = "VALUES"
    case exists = "EXISTS"
    case partition = "PARTITION"
    case rows = "ROWS"
    case unbounded = "UNBOUNDED"
    case preceding = "PRECEDING"
    case following = "FOLLOWING"
    case current = "CURRENT"
    case row = "ROW"
    case include = "INCLUDE"
    case exclude = "EXCLUDE"
    case prevailing = "PREVAILING"
    case none = "NONE"
    case prev = "PREV"
    case linear = "LINEAR"
    case to = "TO"
    case calendar = "CALENDAR"
    case first = "FIRST"
    case observation = "OBSERVATION"
    case asc = "ASC"
    case desc = "DESC"
    case show = "SHOW"
    case tables = "TABLES"
    case columns = "COLUMNS"
    case explain = "EXPLAIN"
    case analyze = "ANALYZE"
    case when = "WHEN"
    case then = "THEN"
    case `else` = "ELSE"
    case end = "END"
    case escape = "ESCAPE"

    /// The most letters that a keyword has: nothing longer needs folding.
    private static let lengthMax = 11

    private static let byWord = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    /// Words that are no names unless they are quoted, because a name could stand where they do.
    var isReserved: Bool {
        switch self {
        case .select, .from, .where, .group, .having, .order, .limit, .by, .on, .as, .and, .or, .not, .in, .is,
            .between,
            .null, .true, .false, .distinct, .join, .over, .case, .cast, .like, .ilike, .with, .union, .except,
            .intersect:
            true
        default: false
        }
    }

    /// Whether the word may follow a source, so that it is not taken for its alias.
    private var followsSource: Bool {
        switch self {
        case .sample, .fill, .align, .latest, .asof, .lt, .inner, .left, .window, .tolerance, .range, .offset, .using,
            .cross, .right, .full, .splice:
            true
        default: isReserved
        }
    }

    /// The keyword that a word spells.
    init?(word: String) {
        guard word.utf8.count <= Keyword.lengthMax, let keyword = Keyword.byWord[word.uppercased()] else { return nil }
        self = keyword
    }

    /// Words of SQL, or of QuestDB's, that begin something which the language does not have: they are reserved, so that
    /// a text which uses one gets told so, and so that the language can grow.
    static let unsupported: Set<String> = []

    /// Joins that the language does not have. Names anywhere but after a source.
    static let unsupportedJoins: Set<String> = ["NATURAL", "HORIZON"]

    /// Statements that the language does not have. Names anywhere but at the start of a text.
    static let unsupportedStatements: Set<String> = [
        "UPDATE", "COPY",
    ]

    /// Whether a word at the start of a text is that of a statement, whatever name follows it, and no table's.
    static func beginsStatement(_ word: String) -> Bool {
        let word = word.uppercased()
        return word == "BACKFILL" || unsupportedStatements.contains(word)
    }

    /// Whether a bare word can be a name.
    static func isName(_ word: String) -> Bool {
        if let keyword = Keyword(word: word) { return !keyword.isReserved }
        return !isUnsupported(word)
    }

    /// Whether a bare word after a source can be its alias.
    static func isSourceAlias(_ word: String) -> Bool {
        if let keyword = Keyword(word: word) { return !keyword.followsSource }
        return !isUnsupported(word) && !isUnsupportedJoin(word)
    }

    /// Whether a word is reserved for what the language does not have.
    static func isUnsupported(_ word: String) -> Bool {
        word.utf8.count <= lengthMax && unsupported.contains(word.uppercased())
    }

    /// Whether a word begins a join that the language does not have.
    static func isUnsupportedJoin(_ word: String) -> Bool {
        word.utf8.count <= lengthMax && unsupportedJoins.contains(word.uppercased())
    }
}
