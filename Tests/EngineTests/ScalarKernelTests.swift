import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// Columns to compute over.
private final class Columns: EvaluationInput {
    let vectors: [Vector]
    let rowCount: Int

    init(_ vectors: [Vector], rowCount: Int) {
        self.vectors = vectors
        self.rowCount = rowCount
    }

    func column(_ index: Int) throws(QueryError) -> Vector { vectors[index] }
}

/// Nodes over vectors of any form give what the kernel gives row by row.
@Suite struct ScalarKernelTests {
    private static let texts = ["", "a", "Ab,c", "naïve", "日本", "a_b%", "12", "x,y"]
    private static let rowCount = 67

    /// Random values of a type, some of them null.
    private static func values(_ type: ColumnType, _ random: inout SeededGenerator) -> [Scalar] {
        (0..<rowCount).map { _ in
            if Int.random(in: 0..<6, using: &random) == 0 { return .null }
            switch type {
            case .boolean: return .boolean(Bool.random(using: &random))
            case .int64:
                return .int64([.random(in: -9...9, using: &random), .min, .max].randomElement(using: &random) ?? 0)
            case .float64:
                return .float64([.random(in: -9...9, using: &random), .nan, 0.5].randomElement(using: &random) ?? 0)
            case .timestamp: return .timestamp(.random(in: .min ... .max, using: &random))
            case .symbol, .string: return .text(texts.randomElement(using: &random) ?? "")
            }
        }
    }

    private static func vector(_ values: [Scalar], _ type: ColumnType) -> Vector {
        let builder = VectorBuilder(type)
        for value in values { builder.append(value) }
        return builder.take()
    }

    struct Call: Sendable, CustomTestStringConvertible {
        let function: ScalarFunction
        let arguments: [ColumnType]
        let constants: [Int: Scalar]
        let type: ColumnType

        init(_ function: ScalarFunction, _ arguments: [ColumnType], _ constants: [Int: Scalar], _ type: ColumnType) {
            self.function = function
            self.arguments = arguments
            self.constants = constants
            self.type = type
        }

        init(_ function: ScalarFunction, _ arguments: [ColumnType], _ type: ColumnType) {
            self.init(function, arguments, [:], type)
        }

        var testDescription: String { "\(function)(\(arguments.map(\.name).joined(separator: ", ")))" }
    }

    static let calls: [Call] = [
        Call(.sqrt, [.int64], .float64), Call(.abs, [.int64], .int64), Call(.abs, [.float64], .float64),
        Call(.round, [.float64, .int64], .float64), Call(.mod, [.int64, .int64], .int64),
        Call(.pow, [.float64, .int64], .float64), Call(.isNaN, [.float64], .boolean),
        Call(.greatest, [.int64, .float64], .float64), Call(.nullif, [.string, .symbol], .string),
        Call(.lower, [.symbol], .symbol), Call(.lower, [.string], .string), Call(.length, [.symbol], .int64),
        Call(.left, [.symbol, .int64], [1: .int64(1)], .symbol), Call(.left, [.symbol, .int64], .symbol),
        Call(.concat, [.symbol, .string], [1: .text("-")], .string), Call(.concat, [.string, .symbol], .string),
        Call(.concatenate, [.symbol, .symbol], .string),
        Call(.splitPart, [.symbol, .string, .int64], [1: .text(","), 2: .int64(2)], .symbol),
        Call(.like, [.symbol, .string, .string], [1: .text("a%"), 2: .text("\\")], .boolean),
        Call(.like, [.symbol, .string, .string], [2: .text("\\")], .boolean),
        Call(.strpos, [.string, .string], .int64), Call(.year, [.timestamp], .int64),
        Call(.epoch, [.timestamp], .float64),
        Call(.dateAdd, [.string, .int64, .timestamp], [0: .text("month")], .timestamp),
        Call(.dateDiff, [.string, .timestamp, .timestamp], [0: .text("month")], .int64),
        Call(.dateTrunc, [.string, .timestamp, .string], [0: .text("day"), 2: .text("Europe/Berlin")], .timestamp),
        Call(.toStr, [.timestamp, .string], [1: .text("yyyy-MM-dd")], .string),
        Call(.toTimestamp, [.symbol], .timestamp), Call(.isDistinct, [.symbol, .symbol], .boolean),
        Call(.cast, [.float64, .string], [1: .text("int")], .int64),
        Call(.cast, [.symbol, .string], [1: .text("double")], .float64),
        Call(.cast, [.int64, .string], [1: .text("string")], .string), Call(.shiftLeft, [.int64, .int64], .int64),
        Call(.bitNot, [.int64], .int64), Call(.caseWhen, [.boolean, .int64, .boolean, .float64, .int64], .float64),
        Call(.caseWhen, [.boolean, .symbol, .string], .symbol),
    ]

    @Test(arguments: calls.indices) func nodesGiveWhatKernelsGive(index: Int) throws {
        let call = Self.calls[index]
        var random = SeededGenerator(seed: UInt64(index + 1))
        for round in 0..<6 {
            var columns: [[Scalar]] = []
            var vectors: [Vector] = []
            var arguments: [BoundExpression] = []
            for (place, type) in call.arguments.enumerated() {
                var values = Self.values(type, &random)
                if round == 5 { values = Array(repeating: values[0], count: Self.rowCount) }
                if let constant = call.constants[place] {
                    values = Array(repeating: constant, count: Self.rowCount)
                    arguments.append(.literal(constant, type))
                } else {
                    arguments.append(.column(place, type))
                }
                columns.append(values)
                vectors.append(
                    round == 5
                        ? Vector(type: type, form: .constant(values[0], count: Self.rowCount))
                        : Self.vector(values, type)
                )
            }
            let node = ExpressionCompiler.compile(.call(call.function, arguments, call.type))
            // Twice: the second time what was learned of a dictionary is used.
            for _ in 0..<2 {
                let result = try node.evaluate(Columns(vectors, rowCount: Self.rowCount))
                #expect(result.count == Self.rowCount && result.type == call.type)
                let kernel = try #require(ScalarKernel(call.function, arguments, call.type))
                for row in 0..<Self.rowCount {
                    let expected = kernel.value(ofOperands: kernel.operands.map { columns[$0][row] }, call.type)
                    #expect(Self.isSame(result.scalar(at: row), expected), "\(call.testDescription) in row \(row)")
                }
            }
        }
    }

    private static func isSame(_ left: Scalar, _ right: Scalar) -> Bool {
        if case .float64(let a) = left, case .float64(let b) = right, a.isNaN, b.isNaN { return true }
        return left == right
    }

    /// LIKE against the plainest way to say what it means.
    @Test func patternsMatchAsTheDefinitionSays() throws {
        func matches(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
            guard let first = pattern.first else { return text.isEmpty }
            if first == "%" {
                return (text.startIndex...text.endIndex).contains { matches(text[$0...], pattern.dropFirst()) }
            }
            guard let character = text.first, first == "_" || first == character else { return false }
            return matches(text.dropFirst(), pattern.dropFirst())
        }
        var random = SeededGenerator(seed: 3)
        for _ in 0..<3_000 {
            let text = String(
                (0..<Int.random(in: 0...6, using: &random)).map { _ in "abé日".randomElement(using: &random) ?? "a" }
            )
            let pattern = String(
                (0..<Int.random(in: 0...5, using: &random)).map { _ in "abé日%%_".randomElement(using: &random) ?? "a" }
            )
            let arguments: [BoundExpression] = [
                .column(0, .string), .literal(.text(pattern), .string), .literal(.text("\\"), .string),
            ]
            let kernel = try #require(ScalarKernel(.like, arguments, .boolean))
            let expected = matches(Array(text)[...], Array(pattern)[...])
            #expect(
                kernel.value(ofOperands: [.text(text)], .boolean) == .boolean(expected),
                "'\(text)' LIKE '\(pattern)'"
            )
        }
    }
}
