/// What can be told of a text without parsing it.
public enum QueryText {
    /// The first word, in capitals, after white space and comments; nil if the text begins with something else.
    public static func firstWord(of text: String) -> String? {
        var lexer = Lexer(bytes: Array(text.utf8))
        guard let token = try? lexer.next(), case .word(let word) = token.kind else { return nil }
        return word.uppercased()
    }
}
