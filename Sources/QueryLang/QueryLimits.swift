/// Bounds on the text of a query, so that no text makes the compiler slow, deep or large.
public enum QueryLimits {
    /// Bytes of a text: ten times the longest hand-written query, and room for a list of 4,000 instruments.
    public static let textBytesMax = 64 * 1024
    /// Levels of parentheses, operators and calls in one another. Parser, printer and binder recurse once a level, 4 KiB
    /// of stack each when optimised and 16 KiB when not, so that the deepest text takes 0.8 and 3 MiB: a thread that
    /// compiles queries needs the system's usual 8 MiB, or 1 MiB at least.
    public static let nestingDepthMax = 200
    /// Levels that a sub-query counts as: with its clauses it takes as much stack as so many operators.
    public static let subqueryLevels = 5
    /// Queries in one another, when the queries of WITH are put in where they are used: as many as can be written out.
    public static let queryDepthMax = nestingDepthMax / subqueryLevels
    /// Tables and sub-queries in a text: each is read at the same time as the others, and has its columns in memory.
    public static let sourcesMax = 64
    /// Values in one IN list: a list is compared as a set in memory, and past this a join says it better.
    public static let listValuesMax = 10_000
    /// Columns of an answer, after `*` is expanded: no table has more, and `SELECT *, *, *, …` must stop somewhere.
    public static let outputColumnsMax = 1_000
    /// Terms of GROUP BY, ORDER BY, PARTITION BY or ON: more than a person writes; each is compared with each column.
    public static let termsMax = 100
    /// Arguments of a call: `coalesce` is the only function with as many as one likes.
    public static let argumentsMax = 100
    /// The largest n of a parameter `$n`: as many as a list has values.
    public static let parametersMax = listValuesMax
}
