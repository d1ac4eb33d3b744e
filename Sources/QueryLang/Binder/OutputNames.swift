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

    /// What an expression is called that gives no name.
    private static let nameless = "column"
    /// Bytes of an expression that is called by its text in MarketStore's dialect.
    private static let textBytesMax = 64

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
        let base = OutputNames.base(of: expression)
        if dialect == .marketstore, base == Self.nameless, let text, text.utf8.count <= Self.textBytesMax {
            return column(text)
        }
        return column(base)
    }

    private mutating func derived(from name: String) -> String {
        let folded = name.lowercased()
        if taken.insert(folded).inserted { return name }
        // MarketStore counts from 0: `Epoch`, `Epoch0`.
        let first = dialect == .marketstore ? -1 : 0
        var number = counts[folded, default: first]
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
        default: nameless
        }
    }
}
