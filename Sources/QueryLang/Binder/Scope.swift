import Columnar

/// The columns that the expressions of a SELECT can name, by the sources in FROM.
struct Scope {
    /// A column of the source.
    struct Column {
        var name: String
        let type: ColumnType
        /// The SQL type that it was declared with.
        var declared: DeclaredType?
        /// Whether no name means it and `*` leaves it out: what stands for the time of a table without one.
        var isHidden = false
    }

    /// A source in FROM.
    struct Relation {
        /// Its alias, or the table's name; nil for a sub-query without an alias.
        let name: String?
        /// The table, if it is one.
        let table: TableSchema?
        /// Its columns.
        var columns: Range<Int>
        /// Places of its columns by name in small letters, from its first column.
        fileprivate let places: [String: Int]

        /// What an error calls it.
        var shownName: String { name.map { "'\(QueryDiagnostic.shortened($0))'" } ?? "a sub-query" }
    }

    /// What a name means.
    enum Meaning: Equatable {
        case column(Int)
        case ambiguous([Int])
        case nothing
    }

    /// All columns, in the order of ``BoundSource/types``.
    private(set) var columns: [Column] = []
    /// The sources, in the order of FROM.
    private(set) var relations: [Relation] = []
    /// Whether there is no FROM.
    let isNothing: Bool
    /// The designated timestamp.
    var timeColumn: Int?
    /// The series key.
    var seriesColumn: Int?
    /// How many columns the select list may name. What comes after them is of the right side of a WINDOW JOIN, which
    /// aggregates alone see.
    var visibleCount: Int { windowedFrom ?? columns.count }
    /// The first column of the right side of a WINDOW JOIN.
    private(set) var windowedFrom: Int?
    /// Columns by name in small letters. Those that ON (a, b) has made one are here once, as the left side's.
    private var indices: [String: [Int]] = [:]

    /// A scope of one source.
    init(
        name: String?,
        table: TableSchema?,
        columns: [Column],
        time: Int?,
        series: Int?,
        isNothing: Bool = false
    ) {
        self.columns = columns
        self.isNothing = isNothing
        self.timeColumn = time
        self.seriesColumn = series
        let names = columns.enumerated().filter { !$0.element.isHidden }
            .map { ($0.element.name.lowercased(), $0.offset) }
        let places = Dictionary(names) { first, _ in first }
        self.relations = [Relation(name: name, table: table, columns: columns.indices, places: places)]
        self.indices = places.mapValues { [$0] }
    }

    /// The scope of `self JOIN right`, where the columns `shared` of both sides are equal.
    func joined(with right: Scope, shared: Set<String>, isWindowed: Bool) -> Scope {
        var joined = self
        let offset = columns.count
        joined.columns += right.columns
        joined.relations += right.relations.map { relation in
            var moved = relation
            moved.columns = relation.columns.lowerBound + offset..<relation.columns.upperBound + offset
            return moved
        }
        for (name, found) in right.indices where !shared.contains(name) {
            joined.indices[name, default: []] += found.map { $0 + offset }
        }
        if isWindowed { joined.windowedFrom = offset }
        return joined
    }

    // MARK: Names

    /// What a name without a qualifier means among the first `count` columns.
    func meaning(of name: String, among count: Int) -> Meaning {
        let found = indices[name.lowercased(), default: []].filter { $0 < count }
        return found.count > 1 ? .ambiguous(found) : found.first.map { .column($0) } ?? .nothing
    }

    /// The column of this name in one source.
    func column(named name: String, of relation: Relation) -> Int? {
        relation.places[name.lowercased()].map { relation.columns.lowerBound + $0 }
    }

    /// The source that columns are qualified by with this name.
    func relation(named name: String) -> Relation? {
        let wanted = name.lowercased()
        return relations.first { $0.name?.lowercased() == wanted }
    }

    /// The source that a column is of.
    func relation(of column: Int) -> Relation? { relations.first { $0.columns.contains(column) } }

    /// The column as a query can write it: with its qualifier if the name alone is ambiguous.
    func text(of column: Int) -> String {
        let nowhere = SourceSpan(start: 0, end: 0)
        let name = Identifier(columns[column].name, span: nowhere)
        guard case .ambiguous = meaning(of: name.name, among: columns.count) else { return name.text }
        let qualifier = relation(of: column)?.name.map { Identifier($0, span: nowhere) }
        return ColumnReference(name, of: qualifier).text
    }
}
