/// Words of the query language, as completion offers them.
enum StatementWords {
    /// What a statement can begin with.
    static let beginnings = [
        "ALTER", "BACKFILL", "CREATE", "DELETE", "DROP", "EXPLAIN", "FROM", "INSERT", "REFRESH", "SELECT", "SHOW",
        "TRUNCATE", "VALUES", "WITH",
    ]

    /// Words that a table's name follows.
    static let beforeTable: Set<String> = ["FROM", "JOIN", "INTO", "TABLE", "TRUNCATE"]

    /// Words that are no names unless they are quoted.
    static let reserved: Set<String> = [
        "SELECT", "DISTINCT", "FROM", "JOIN", "ON", "WHERE", "GROUP", "BY", "HAVING", "ORDER", "LIMIT", "AS", "OVER",
        "AND", "OR", "NOT", "IN", "IS", "BETWEEN", "LIKE", "ILIKE", "CASE", "CAST", "NULL", "TRUE", "FALSE", "WITH",
        "UNION", "EXCEPT", "INTERSECT",
    ]

    /// What can stand within a statement.
    static let keywords = [
        "ALIGN TO CALENDAR", "ALIGN TO FIRST OBSERVATION", "ALL", "AND", "AS", "ASC", "ASOF JOIN", "BETWEEN", "BY",
        "CASE", "CAST", "CROSS JOIN", "CURRENT ROW", "DESC", "DISTINCT", "ELSE", "END", "EXCEPT", "EXISTS", "FALSE",
        "FILL", "FOLLOWING", "FROM", "FULL", "GROUP BY", "HAVING", "ILIKE", "IN", "INNER JOIN", "INTERSECT", "INTO",
        "IS",
        "JOIN", "LATEST BY", "LATEST ON", "LEFT JOIN", "LIKE", "LIMIT", "LT JOIN", "NOT", "NULL", "NULLS", "OFFSET",
        "ON", "OR", "ORDER BY", "OVER", "PARTITION BY", "PRECEDING", "PREV", "RANGE", "RIGHT", "ROWS", "SAMPLE BY",
        "SELECT", "SPLICE JOIN", "THEN", "TIME ZONE", "TO", "TOLERANCE", "TRUE", "UNBOUNDED", "UNION", "UNION ALL",
        "USING", "VALUES", "WHEN", "WHERE", "WINDOW", "WINDOW JOIN", "WITH",
    ]

    private static let keywordWords = Set(keywords.flatMap { $0.split(separator: " ").map(String.init) })

    /// Whether a word is one of the keywords, or a part of one.
    static func isKeyword(_ word: String) -> Bool { keywordWords.contains(word.uppercased()) }

    /// What follows words that only few can follow; nil after all others.
    static func following(_ word: String?) -> [String]? {
        switch word?.uppercased() {
        case "SHOW":
            [
                "COLUMNS FROM", "CREATE TABLE", "CREATE VIEW", "FEATURES", "FUNCTIONS", "MATERIALIZED VIEWS", "QUERIES",
                "SYMBOLS", "TABLES", "VIEWS",
            ]
        case "CREATE":
            ["FEATURE VIEW", "MATERIALIZED VIEW", "OR REPLACE VIEW", "TABLE", "VIEW"]
        case "DROP": ["FEATURE VIEW", "MATERIALIZED VIEW", "TABLE", "VIEW"]
        case "ALTER": ["TABLE"]
        case "DELETE": ["FROM"]
        case "INSERT": ["INTO"]
        case "EXPLAIN": ["ANALYZE", "SELECT"]
        case "GROUP", "ORDER", "SAMPLE", "PARTITION": ["BY"]
        case "LATEST": ["BY", "ON"]
        default: nil
        }
    }
}
