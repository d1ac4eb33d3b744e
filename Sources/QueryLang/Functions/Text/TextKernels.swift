import Columnar

extension ScalarKernel {
    /// Functions of text but for those with patterns.
    static func text(_ call: Call) -> ScalarKernel? {
        let all = Array(0..<call.count)
        if let map = textMap(call.function) {
            return ScalarKernel(.rows { $0[0].string.map { .text(map($0)) } ?? .null }, of: all)
        }
        if let test = textTest(call.function) {
            return ScalarKernel(
                .rows { values in
                    guard let text = values[0].string, let part = values[1].string else { return .null }
                    return .boolean(test(text, part))
                },
                of: all
            )
        }
        switch call.function {
        case .length, .ascii:
            let isLength = call.function == .length
            return ScalarKernel(
                .rows { values in
                    guard let text = values[0].string else { return .null }
                    if isLength { return .int64(Int64(text.unicodeScalars.count)) }
                    return text.unicodeScalars.first.map { .int64(Int64($0.value)) } ?? .int64(0)
                },
                of: all
            )
        case .chr: return ScalarKernel(.rows { Self.character($0[0].integer) }, of: all)
        case .strpos:
            return ScalarKernel(
                .rows { values in
                    guard let text = values[0].string, let part = values[1].string else { return .null }
                    return .int64(Int64(TextSlicing.position(of: part, in: text)))
                },
                of: all
            )
        case .concat:
            return ScalarKernel(.rows { .text($0.map { $0.string ?? "" }.joined()) }, of: all, isStrict: false)
        case .concatenate: return ScalarKernel(.rows { .text($0.map { $0.string ?? "" }.joined()) }, of: all)
        case .trim, .ltrim, .rtrim, .substring, .left, .right, .repeat, .lpad, .rpad, .replace, .splitPart:
            let function = call.function
            return ScalarKernel(
                .rows { values in
                    guard let text = values[0].string else { return .null }
                    return Self.piece(function, text, values).map { .text($0) } ?? .null
                },
                of: all
            )
        default: return nil
        }
    }

    private static func textMap(_ function: ScalarFunction) -> (@Sendable (String) -> String)? {
        switch function {
        case .lower: { $0.lowercased() }
        case .upper: { $0.uppercased() }
        case .reverse: { TextSlicing.string($0.unicodeScalars.reversed()) }
        default: nil
        }
    }

    private static func textTest(_ function: ScalarFunction) -> (@Sendable (String, String) -> Bool)? {
        switch function {
        case .startsWith: { $0.utf8.starts(with: $1.utf8) }
        case .endsWith: { $0.utf8.reversed().starts(with: $1.utf8.reversed()) }
        case .contains: { TextSlicing.position(of: $1, in: $0) > 0 }
        default: nil
        }
    }

    private static func character(_ code: Int64?) -> Scalar {
        guard let code, let value = UInt32(exactly: code), let scalar = Unicode.Scalar(value), value > 0 else {
            return .null
        }
        return .text(String(scalar))
    }

    /// A text made of a part of another one, or of copies.
    private static func piece(_ function: ScalarFunction, _ text: String, _ values: [Scalar]) -> String? {
        func word(_ index: Int, _ absent: String) -> String {
            values.count > index ? values[index].string ?? "" : absent
        }
        func number(_ index: Int) -> Int64? { values.count > index ? values[index].integer : nil }
        switch function {
        case .trim: return TextSlicing.trimmed(text, word(1, " "), start: true, end: true)
        case .ltrim: return TextSlicing.trimmed(text, word(1, " "), start: true, end: false)
        case .rtrim: return TextSlicing.trimmed(text, word(1, " "), start: false, end: true)
        case .substring: return TextSlicing.substring(text, from: number(1) ?? 1, count: number(2))
        case .left: return TextSlicing.left(text, number(1) ?? 0)
        case .right: return TextSlicing.right(text, number(1) ?? 0)
        case .repeat: return TextSlicing.repeated(text, number(1) ?? 0)
        case .lpad: return TextSlicing.padded(text, number(1) ?? 0, word(2, " "), isLeft: true)
        case .rpad: return TextSlicing.padded(text, number(1) ?? 0, word(2, " "), isLeft: false)
        case .replace: return TextSlicing.replaced(text, word(1, ""), by: word(2, ""))
        case .splitPart: return TextSlicing.part(text, word(1, ""), number(2) ?? 0)
        default: return nil
        }
    }

    /// LIKE and ILIKE.
    static func pattern(_ call: Call) throws(Fault) -> ScalarKernel? {
        guard call.function == .like || call.function == .ilike else { return nil }
        let ignoresCase = call.function == .ilike
        let escape = try call.word(2, "escape")?.first
        guard let pattern = call.constants[1] else {
            return ScalarKernel(
                .rows { values in
                    guard let text = values[0].string, let pattern = values[1].string else { return .null }
                    // An escape that ends a pattern out of a column stands for itself.
                    let compiled =
                        LikePattern(pattern, escape: escape, ignoresCase: ignoresCase)
                        ?? LikePattern(pattern, escape: nil, ignoresCase: ignoresCase)
                    return compiled.map { .boolean($0.matches(text)) } ?? .null
                },
                of: [0, 1]
            )
        }
        guard let text = pattern.string else { return ScalarKernel(.rows { _ in .null }, of: [0]) }
        guard let compiled = LikePattern(text, escape: escape, ignoresCase: ignoresCase) else {
            let shown = escape.map(String.init) ?? ""
            throw Fault(
                argument: 1,
                message: "the pattern ends with its escape character",
                hint: "write \(shown)\(shown)"
            )
        }
        return ScalarKernel(.rows { $0[0].string.map { .boolean(compiled.matches($0)) } ?? .null }, of: [0])
    }
}
