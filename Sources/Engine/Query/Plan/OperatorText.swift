import QueryLang

extension ScalarFunction {
    /// A call as it would be written, given the texts of its arguments.
    func text(_ arguments: [String]) -> String {
        switch self {
        case .caseWhen: return "CASE\(Self.branches(arguments[...])) END"
        case .caseOf where !arguments.isEmpty: return "CASE \(arguments[0])\(Self.branches(arguments[1...])) END"
        case .cast where arguments.count == 2:
            return "CAST(\(arguments[0]) AS \(arguments[1].filter { $0 != "'" }))"
        case .like where arguments.count >= 2, .ilike where arguments.count >= 2:
            return "(\(arguments[0]) \(rawValue) \(arguments[1]))"
        case .between where arguments.count == 3: return "(\(arguments[0]) BETWEEN \(arguments[1]) AND \(arguments[2]))"
        case .betweenSymmetric where arguments.count == 3:
            return "(\(arguments[0]) BETWEEN SYMMETRIC \(arguments[1]) AND \(arguments[2]))"
        case .matches where arguments.count == 2: return "(\(arguments[0]) ~ \(arguments[1]))"
        case .matchesAnyCase where arguments.count == 2: return "(\(arguments[0]) ~* \(arguments[1]))"
        case .oneOf where arguments.count >= 2:
            return "(\(arguments[0]) IN (\(arguments[1...].joined(separator: ", "))))"
        case .bitNot: return "~\(arguments.joined())"
        case .isDistinct, .concatenate, .bitAnd, .bitOr, .bitXor, .shiftLeft, .shiftRight:
            return "(\(arguments.joined(separator: " \(rawValue) ")))"
        default: return "\(rawValue)(\(arguments.joined(separator: ", ")))"
        }
    }

    private static func branches(_ arguments: ArraySlice<String>) -> String {
        var text = ""
        for (place, argument) in arguments.enumerated() {
            let word = place == arguments.count - 1 ? "ELSE" : place % 2 == 0 ? "WHEN" : "THEN"
            text += " \(word) \(argument)"
        }
        return text
    }
}
