/// Names of the columns of an answer, unique without regard to case.
///
/// An alias is taken as it is. Otherwise: a column gives its name, a call its function's, all else `column`; a name that
/// is taken gets a number, `sum`, `sum1`, `sum2`.
///
/// QuestDB calls an expression by its text instead, see ``QuestDBNames``.
struct OutputNames {
    private let dialect: QueryDialect
    private var taken: Set<String> = []
    private var counts: [String: Int] = [:]
    private var texts = QuestDBNames()

    init(_ dialect: QueryDialect) { self.dialect = dialect }

    /// Claims an alias; false if another column has it.
    mutating func claim(_ alias: String) -> Bool {
        dialect == .questdb ? texts.claim(alias) : taken.insert(alias.lowercased()).inserted
    }

    /// A free name for a column of a source, or of several that a call gives. All aliases must have been claimed.
    mutating func column(_ name: String) -> String {
        dialect == .questdb ? texts.column(name) : derived(from: name)
    }

    /// A free name for an expression, whose text is `text`. All aliases must have been claimed.
    mutating func name(of expression: Expression, text: String?) -> String {
        if dialect == .questdb, let name = text.flatMap(QuestDBNames.name) { return texts.expression(name) }
        return column(OutputNames.base(of: expression))
    }

    private mutating func derived(from name: String) -> String {
        let folded = name.lowercased()
        if taken.insert(folded).inserted { return name }
        var number = counts[folded, default: 0]
        repeat { number += 1 } while !taken.insert("\(folded)\(number)").inserted
        counts[folded] = number
        return "\(name)\(number)"
    }

    /// The name that an expression gives.
    static func base(of expression: Expression) -> String {
        switch expression.kind {
        case .column(let column): column.name.name
        case .call(let call):
            if case .distinct = call.arguments { ExpressionBinder.distinctCount } else { call.name.name.lowercased() }
        default: "column"
        }
    }
}
