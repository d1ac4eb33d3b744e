import Columnar

/// An error in the words of QuestDB, for those who speak its dialect: programs look for them.
///
/// A class, since errors are passed through every level of nesting: each word of theirs takes room on the stack there.
public final class QuestDBWording: Sendable {
    /// The message.
    public let message: String
    /// UTF-8 offset of the place that QuestDB names; nil for where the error begins.
    private let offset: Int?
    /// The operator that is meant: the first one of this spelling from `offset` on. Trees of expressions do not know where
    /// their operators stand.
    private let symbol: String?

    init(message: String, offset: Int?, symbol: String? = nil) {
        self.message = message
        self.offset = offset
        self.symbol = symbol
    }

    /// UTF-8 offset of the place that QuestDB names in a text; nil for where the error begins.
    public func offset(in text: String) -> Int? {
        guard let offset, let symbol else { return offset }
        let bytes = Array(text.utf8)
        var place = max(offset, 0)
        while place < bytes.count {
            if bytes[place...].starts(with: symbol.utf8) { return place }
            place += 1
        }
        return offset
    }
}

extension QueryError {
    /// The same error, with what QuestDB says of it.
    func inQuestDB(_ message: String, at offset: Int? = nil, symbol: String? = nil) -> QueryError {
        var error = self
        error.questDB = QuestDBWording(message: message, offset: offset, symbol: symbol)
        return error
    }
}

extension ExpressionBinder {
    /// What QuestDB calls the type of an operand.
    func questDBType(_ operand: Operand) -> String {
        if operand.expression.isNullConstant { return "NULL" }
        if case .text(let text)? = operand.expression.constant {
            return text.unicodeScalars.count == 1 ? "CHAR" : "STRING"
        }
        return (declared(operand.expression) ?? DeclaredType(operand.type)).name
    }

    private func types(_ operands: [Operand], separator: String) -> String {
        operands.map(questDBType).joined(separator: separator)
    }

    /// An error of two operands that do not go together, with QuestDB's words for it.
    func mismatch(_ error: QueryError, _ symbol: String, _ operands: [Operand]) -> QueryError {
        guard dialect == .questdb, error.code == .type, error.questDB == nil else { return error }
        let types = types(operands, separator: " \(symbol) ")
        return error.inQuestDB(
            "there is no matching operator `\(symbol)` with the argument types: \(types)",
            at: operands.first?.span.end,
            symbol: symbol
        )
    }

    /// An error of arguments that a function does not take, with QuestDB's words for it.
    func mismatch(_ error: QueryError, _ call: ResolvedCall, _ operands: [Operand], at offset: Int) -> QueryError {
        guard dialect == .questdb, error.questDB == nil else { return error }
        let name = QuestDBRules.writtenName(call.writtenName ?? call.signature.name)
        let list = types(operands, separator: ", ")
        guard !operands.isEmpty else { return error.inQuestDB("function `\(name)` requires arguments", at: offset) }
        return error.inQuestDB("there is no matching function `\(name)` with the argument types: (\(list))", at: offset)
    }

    /// The error of a function that does not exist, with QuestDB's words for it.
    func unknown(_ error: QueryError, _ call: FunctionCall, _ operands: [Operand]) -> QueryError {
        guard dialect == .questdb else { return error }
        let types = types(operands, separator: ",")
        return error.inQuestDB("unknown function name: \(call.name.name)(\(types))", at: call.name.span.start)
    }
}
