/// Names of the columns of an answer, unique without regard to case.
///
/// An alias is taken as it is. Otherwise: a column gives its name, a call its function's, all else `column`; a name that
/// is taken gets a number, `sum`, `sum1`, `sum2`.
struct OutputNames {
    private var taken: Set<String> = []
    private var counts: [String: Int] = [:]

    /// Claims an alias; false if another column has it.
    mutating func claim(_ alias: String) -> Bool { taken.insert(alias.lowercased()).inserted }

    /// A free name made of `name`. All aliases must have been claimed.
    mutating func derived(from name: String) -> String {
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
