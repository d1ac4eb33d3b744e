import Columnar
import QueryLang

/// CASE: the value of the first branch whose condition is true. What no row asks for is not computed.
final class CaseNode: ExpressionNode {
    private let conditions: [any ExpressionNode]
    /// The values of the branches, and that of ELSE.
    private let values: [any ExpressionNode]
    private let type: ColumnType

    init(_ conditions: [any ExpressionNode], _ values: [any ExpressionNode], _ type: ColumnType) {
        self.conditions = conditions
        self.values = values
        self.type = type
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        let count = input.rowCount
        let otherwise = UInt32(conditions.count)
        var chosen = [UInt32](repeating: otherwise, count: count)
        var openCount = count
        for (branch, condition) in conditions.enumerated() {
            if openCount == 0 { break }
            openCount -= Self.choose(UInt32(branch), try condition.evaluate(input), &chosen, otherwise)
        }
        var vectors = [Vector?](repeating: nil, count: values.count)
        for branch in Set(chosen) { vectors[Int(branch)] = try values[Int(branch)].evaluate(input) }
        if let branch = chosen.first, let only = vectors[Int(branch)], only.type == type,
            vectors.count(where: { $0 != nil }) == 1
        {
            return only
        }
        return BranchRows(chosen: chosen, vectors: vectors).vector(type)
    }

    /// Gives rows that no branch has yet to one; returns how many.
    private static func choose(_ branch: UInt32, _ holds: Vector, _ chosen: inout [UInt32], _ open: UInt32) -> Int {
        if let constant = holds.constant, constant != .boolean(true) { return 0 }
        let truths = TernaryValues(holds)
        var count = 0
        for row in chosen.indices where chosen[row] == open && truths[row] == 1 {
            chosen[row] = branch
            count += 1
        }
        return count
    }
}

/// A value that was computed before, for nodes that use it more than once.
final class HeldNode: ExpressionNode {
    fileprivate var vector: Vector?

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        guard let vector else { throw QueryError(.bug, "BUG: a shared operand was not computed") }
        return vector
    }
}

/// Computes an operand once, then what is made of it.
final class SharedOperandNode: ExpressionNode {
    private let operand: any ExpressionNode
    private let held: HeldNode
    private let body: any ExpressionNode

    init(_ operand: any ExpressionNode, _ held: HeldNode, _ body: any ExpressionNode) {
        self.operand = operand
        self.held = held
        self.body = body
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        held.vector = try operand.evaluate(input)
        defer { held.vector = nil }
        return try body.evaluate(input)
    }
}
