import Columnar
import QueryLang
import TestSupport

@testable import Engine

/// Joins by comparing every left row with every right row.
struct JoinOracle {
    let join: BoundJoin
    let left: [[Scalar]]
    let right: [[Scalar]]

    private var leftTypes: [ColumnType] { join.left.types }
    private var rightTypes: [ColumnType] { join.right.types }

    /// - Parameters:
    ///   - left: by (time, series, arrival).
    ///   - right: by (time, series, arrival).
    init(_ join: BoundJoin, left: [[Scalar]], right: [[Scalar]]) {
        self.join = join
        self.left = left
        self.right = right
    }

    func rows() throws -> [[Scalar]] {
        let nulls = [Scalar](repeating: .null, count: rightTypes.count)
        var rows: [[Scalar]] = []
        var matched: Set<Int> = []
        for row in left {
            let partners = right.filter { hasEqualKeys(row, $0) }
            switch join.kind {
            case .inner: rows += try selected(row, partners).map { row + $0 }
            case .left:
                let pairs = try selected(row, partners)
                rows += pairs.isEmpty ? [row + nulls] : pairs.map { row + $0 }
            case .full:
                let pairs = try selected(row, partners)
                rows += pairs.isEmpty ? [row + nulls] : pairs.map { row + $0 }
                let places = right.indices.filter { hasEqualKeys(row, right[$0]) }
                for place in places where try !selected(row, [right[place]]).isEmpty { matched.insert(place) }
            case .asof(let tolerance): rows.append(row + (last(row, partners, tolerance, isStrict: false) ?? nulls))
            case .lt(let tolerance): rows.append(row + (last(row, partners, tolerance, isStrict: true) ?? nulls))
            case .window(let window): rows.append(row + (try aggregates(row, partners, window)))
            }
        }
        if join.kind == .full {
            let absent = [Scalar](repeating: .null, count: leftTypes.count)
            rows += right.indices.filter { !matched.contains($0) }.map { absent + right[$0] }
        }
        return rows
    }

    // MARK: Keys and conditions

    private func hasEqualKeys(_ left: [Scalar], _ right: [Scalar]) -> Bool {
        join.keys.allSatisfy { Self.isEqual(left[$0.left], right[$0.right]) }
    }

    private static func isEqual(_ left: Scalar, _ right: Scalar) -> Bool {
        switch (left, right) {
        case (.null, _), (_, .null): false
        case (.text(let left), .text(let right)): Array(left.utf8) == Array(right.utf8)
        case (.float64, _), (_, .float64): double(left) == double(right)
        default: left == right
        }
    }

    private static func double(_ value: Scalar) -> Double {
        switch value {
        case .int64(let value): Double(value)
        case .float64(let value): value
        default: .nan
        }
    }

    /// The partners for which the condition is true.
    private func selected(_ left: [Scalar], _ partners: [[Scalar]]) throws -> [[Scalar]] {
        guard let condition = join.condition, !partners.isEmpty else { return partners }
        let truth = try ExpressionCompiler.compile(condition).evaluate(pairs(left, partners))
        return partners.indices.filter { truth.scalar(at: $0) == .boolean(true) }.map { partners[$0] }
    }

    private func pairs(_ left: [Scalar], _ right: [[Scalar]]) -> Pairs {
        Pairs(rows: right.map { left + $0 }, types: leftTypes + rightTypes)
    }

    private final class Pairs: EvaluationInput {
        private let rows: [[Scalar]]
        private let types: [ColumnType]

        init(rows: [[Scalar]], types: [ColumnType]) {
            self.rows = rows
            self.types = types
        }

        var rowCount: Int { rows.count }
        func column(_ index: Int) -> Vector { MemoryVectors.vector(rows.map { $0[index] }, types[index]) }
    }

    // MARK: Times

    private func leftTime(_ row: [Scalar]) -> Int64? { join.left.timeColumn.flatMap { row[$0].nanoseconds } }
    private func rightTime(_ row: [Scalar]) -> Int64 { join.right.timeColumn.flatMap { row[$0].nanoseconds } ?? 0 }

    private func last(
        _ row: [Scalar],
        _ partners: [[Scalar]],
        _ tolerance: Int64?,
        isStrict: Bool
    ) -> [Scalar]? {
        guard let time = leftTime(row) else { return nil }
        let before = partners.filter { isStrict ? rightTime($0) < time : rightTime($0) <= time }
        guard let found = before.last else { return nil }
        return Int128(time) - Int128(rightTime(found)) <= Int128(tolerance ?? .max) || tolerance == nil ? found : nil
    }

    // MARK: Windows

    private func aggregates(_ row: [Scalar], _ partners: [[Scalar]], _ window: WindowJoin) throws -> [Scalar] {
        var rows: [[Scalar]] = []
        if let time = leftTime(row) {
            let first = Int128(time) - Int128(window.preceding)
            let last = Int128(time) + Int128(window.following)
            rows = partners.filter { Int128(rightTime($0)) >= first && Int128(rightTime($0)) <= last }
            if window.includesPrevailing, let before = partners.last(where: { Int128(rightTime($0)) < first }) {
                rows.insert(before, at: 0)
            }
        }
        let batch = pairs(row, rows)
        let times = Vector.timestamps(rows.map(rightTime))
        return try window.aggregates.flatMap { call in
            let column = AggregateColumn(call)
            column.states.addGroups(1)
            column.states.update(
                FoldArguments(try column.argumentVectors(batch), times: times, rowCount: rows.count),
                [FoldRun(group: 0, rows: 0..<rows.count)]
            )
            let builders = column.states.outputTypes.map { VectorBuilder($0) }
            try column.states.moveFirst(1, to: builders[...])
            return builders.map { $0.take().scalar(at: 0) }
        }
    }
}

extension Scalar {
    var nanoseconds: Int64? { if case .timestamp(let time) = self { time } else { nil } }

    /// Whether another value is the same, but for the rounding of sums.
    func isNearly(_ other: Scalar) -> Bool {
        if case .text(let left) = self, case .text(let right) = other { return left.utf8.elementsEqual(right.utf8) }
        guard case .float64(let left) = self, case .float64(let right) = other else { return self == other }
        if left.isNaN || right.isNaN { return left.isNaN && right.isNaN }
        return left == right || abs(left - right) <= 1e-9 * Swift.max(1, abs(left))
    }
}
