import Columnar
import QueryLang

/// Symbols and strings, by their UTF-8 bytes.
final class TextComparisonNode: ExpressionNode {
    private let symbol: BinaryOperator
    private let left: any ExpressionNode
    private let right: any ExpressionNode
    private var verdicts = DictionaryVerdicts()
    /// The text that ``verdicts`` are about: a column may be constant within a batch, and another constant in the next.
    private var comparedText: TextBytes?
    private var isComparedLeft = false

    init(_ symbol: BinaryOperator, _ left: any ExpressionNode, _ right: any ExpressionNode) {
        self.symbol = symbol
        self.left = left
        self.right = right
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        let a = try left.evaluate(input)
        let b = try right.evaluate(input)
        if a.isNull || b.isNull { return .nulls(.boolean, count: input.rowCount) }
        if let text = b.constant?.text {
            compare(with: text, isLeft: false)
            return verdicts.vector(a) { Self.holds(symbol, $0, text) }
        }
        if let text = a.constant?.text {
            compare(with: text, isLeft: true)
            return verdicts.vector(b) { Self.holds(symbol, text, $0) }
        }
        let validity = Validity.both(a.validity, b.validity)
        let values = Buffer<UInt8>.filled(count: a.count) { target in
            for row in 0..<a.count {
                let isValid = validity.map { $0[row] } ?? true
                let holds = isValid && Self.holds(symbol, a.scalar(at: row).text ?? "", b.scalar(at: row).text ?? "")
                target[row] = holds ? 1 : 0
            }
        }
        return Vector(type: .boolean, form: .boolean(values), validity: validity)
    }

    /// Forgets verdicts about another text, or about the same one on the other side.
    private func compare(with text: String, isLeft: Bool) {
        guard comparedText != TextBytes(text) || isComparedLeft != isLeft else { return }
        comparedText = TextBytes(text)
        isComparedLeft = isLeft
        verdicts = DictionaryVerdicts()
    }

    static func holds(_ symbol: BinaryOperator, _ left: String, _ right: String) -> Bool {
        switch symbol {
        case .equal: TextBytes(left) == TextBytes(right)
        case .notEqual: TextBytes(left) != TextBytes(right)
        case .less: OrderedText(left) < OrderedText(right)
        case .lessOrEqual: !(OrderedText(right) < OrderedText(left))
        case .greater: OrderedText(right) < OrderedText(left)
        case .greaterOrEqual: !(OrderedText(left) < OrderedText(right))
        case .add, .subtract, .multiply, .divide, .modulo, .and, .or: false
        }
    }
}

/// Whether a condition holds, found once per text of a dictionary and then looked up by code.
struct DictionaryVerdicts {
    /// The dictionary of ``verdicts``, kept alive so that its identity stays its own.
    private var dictionary: StringDictionary?
    private var verdicts: [UInt8] = []

    /// One truth value a row; null where the text is.
    mutating func vector(_ texts: Vector, _ holds: (String) -> Bool) -> Vector {
        switch texts.form {
        case .constant(let value, let count):
            return Vector(
                type: .boolean,
                form: .constant(.boolean(holds(value.text ?? "")), count: count),
                validity: texts.validity
            )
        case .dictionary(let codes, let dictionary) where dictionary.values.count <= max(4 * codes.count, 64):
            if self.dictionary !== dictionary {
                self.dictionary = dictionary
                verdicts = dictionary.values.map { holds($0) ? 1 : 0 }
            }
            return Vector(type: .boolean, form: .boolean(truths(codes, texts.validity)), validity: texts.validity)
        default:
            let values = Buffer<UInt8>.filled(count: texts.count) { target in
                for row in 0..<texts.count { target[row] = texts.scalar(at: row).text.map(holds) ?? false ? 1 : 0 }
            }
            return Vector(type: .boolean, form: .boolean(values), validity: texts.validity)
        }
    }

    private func truths(_ codes: Buffer<UInt32>, _ validity: Validity?) -> Buffer<UInt8> {
        // The codes of null rows may be any, also ones that no text has.
        let matches = verdicts.reduce(0) { $0 + Int($1) }
        if matches == 1, let code = verdicts.firstIndex(of: 1) {
            let wanted = KernelOperand.constant(UInt32(truncatingIfNeeded: code))
            return BinaryKernel.map(.values(codes), wanted, count: codes.count) { $0 == $1 ? 1 : 0 }
        }
        return look(codes, validity)
    }

    private func look(_ codes: Buffer<UInt32>, _ validity: Validity?) -> Buffer<UInt8> {
        codes.withUnsafeBufferPointer { codes in
            verdicts.withUnsafeBufferPointer { verdicts in
                .filled(count: codes.count) { target in
                    for row in 0..<codes.count {
                        // The code of a null row may be any.
                        let isValid = validity.map { $0[row] } ?? true
                        target[row] = isValid ? verdicts[Int(codes[row])] : 0
                    }
                }
            }
        }
    }
}
