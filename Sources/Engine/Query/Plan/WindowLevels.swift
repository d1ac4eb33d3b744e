import QueryLang

/// The window calls of a SELECT by what they need: those of a level use values of levels before it only.
struct WindowLevels {
    /// The calls of each level by their index, ascending. No level is empty.
    let levels: [[Int]]

    init(_ calls: [WindowCall]) {
        var depths: [Int] = []
        for call in calls {
            var expressions = call.arguments + call.partition + call.order.map(\.expression)
            if let filter = call.filter { expressions.append(filter) }
            let below = expressions.flatMap(\.windowCalls).map { $0 < depths.count ? depths[$0] : -1 }
            depths.append((below.max() ?? -1) + 1)
        }
        levels =
            depths.isEmpty
            ? []
            : (0...(depths.max() ?? 0)).map { depth in
                depths.indices.filter { depths[$0] == depth }
            }
    }

    /// The column of each call's value, if that of the first of the first level is `first`.
    func columns(from first: Int) -> [Int] {
        let order = levels.flatMap(\.self)
        var columns = [Int](repeating: first, count: order.count)
        for (place, call) in order.enumerated() { columns[call] = first + place }
        return columns
    }
}

extension BoundExpression {
    /// The window calls whose values it reads, by index.
    fileprivate var windowCalls: [Int] {
        var found: [Int] = []
        func look(_ expression: BoundExpression) -> BoundExpression {
            if case .window(let index, _) = expression { found.append(index) }
            return expression.mapChildren(look)
        }
        _ = look(self)
        return found
    }
}
