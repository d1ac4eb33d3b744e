/// Reads the text of a regular expression.
struct RegexParser {
    private typealias Fault = RegularExpression.Fault

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var nesting = 0
    private var groupCount = 0
    private var flags: Flags

    private struct Flags {
        /// `(?i)`.
        var ignoresCase = false
        /// `(?s)`: `.` takes the end of a line too.
        var dotTakesAll = false
        /// `(?m)`: `^` and `$` are of lines.
        var isOfLines = false
        /// `(?U)`: `*` and `*?` are exchanged.
        var isLazy = false
    }

    init(_ pattern: String, ignoresCase: Bool) {
        scalars = Array(pattern.unicodeScalars)
        flags = Flags(ignoresCase: ignoresCase)
    }

    /// The whole pattern, and how many groups it has.
    mutating func parse() throws(RegularExpression.Fault) -> (RegexNode, groupCount: Int) {
        guard scalars.count <= RegularExpression.instructionsMax else {
            let length = "\(scalars.count) characters long; \(RegularExpression.instructionsMax) are allowed"
            throw fault("the pattern is \(length)")
        }
        let node = try choice()
        // A choice ends only before `)` or at the end.
        guard position == scalars.count else { throw fault("')' closes nothing", hint: #"write \) for the character"#) }
        return (node, groupCount)
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    private mutating func accept(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private func fault(_ message: String, hint: String? = nil, at place: Int? = nil) -> RegularExpression.Fault {
        RegularExpression.Fault(message: message, hint: hint, position: place ?? position)
    }

    // MARK: Structure

    private mutating func choice() throws(RegularExpression.Fault) -> RegexNode {
        var alternatives = [try sequence()]
        while accept("|") { alternatives.append(try sequence()) }
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private mutating func sequence() throws(RegularExpression.Fault) -> RegexNode {
        var nodes: [RegexNode] = []
        while let scalar = peek(), scalar != "|", scalar != ")" {
            guard let atom = try atom() else { continue }
            nodes.append(try repeated(atom))
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    /// What a count may follow; nil for flags, `(?i)`.
    private mutating func atom() throws(RegularExpression.Fault) -> RegexNode? {
        guard let scalar = peek() else { return nil }
        switch scalar {
        case "(": return try parenthesis()
        case "[":
            var reader = RegexClassReader(scalars, position)
            let set = try reader.bracket(ignoresCase: flags.ignoresCase)
            position = reader.position
            return .set(set)
        case "\\": return try escape()
        case "*", "+", "?":
            throw fault("'\(scalar)' has nothing before it to repeat", hint: "write \\\(scalar) for the character")
        default: break
        }
        position += 1
        switch scalar {
        case ".": return .set(flags.dotTakesAll ? .all : ScalarSet.lineEnd.inverted)
        case "^": return .assertion(flags.isOfLines ? .lineStart : .textStart)
        case "$": return .assertion(flags.isOfLines ? .lineEnd : .textEnd)
        default: return .set(literal(scalar))
        }
    }

    private func literal(_ scalar: Unicode.Scalar) -> ScalarSet {
        flags.ignoresCase ? ScalarSet(scalar).ignoringCase : ScalarSet(scalar)
    }

    // MARK: Counts

    private mutating func repeated(_ atom: RegexNode) throws(RegularExpression.Fault) -> RegexNode {
        let start = position
        let (min, max): (Int, Int?)
        switch peek() {
        case "*": (min, max) = (0, nil)
        case "+": (min, max) = (1, nil)
        case "?": (min, max) = (0, 1)
        case "{":
            // A brace that is no count is a character, as in RE2.
            guard let counts = try counts() else { return atom }
            (min, max) = counts
            position -= 1
        default: return atom
        }
        position += 1
        let isLazy = accept("?") != flags.isLazy
        switch peek() {
        case "+" where position > start:
            throw fault("possessive counts such as a*+ are not supported", hint: "leave out the '+'")
        case "*", "+", "?": throw fault("a count follows a count", hint: "put the first one into parentheses")
        default: break
        }
        return .repetition(atom, min: min, max: max, isLazy: isLazy)
    }

    /// `{n}`, `{n,}` or `{n,m}`; nil, without moving, for anything else.
    private mutating func counts() throws(RegularExpression.Fault) -> (Int, Int?)? {
        let start = position
        position += 1
        guard let min = try number() else {
            position = start
            return nil
        }
        var max: Int? = min
        if accept(",") {
            max = nil
            if peek() != "}" { max = try number() ?? -1 }
        }
        guard max != -1, accept("}") else {
            position = start
            return nil
        }
        if let max, max < min { throw fault("the count {\(min),\(max)} ends below its start", at: start) }
        return (min, max)
    }

    private mutating func number() throws(RegularExpression.Fault) -> Int? {
        let start = position
        while let scalar = peek(), ScalarSet.digits.contains(scalar) { position += 1 }
        guard position > start else { return nil }
        let digits = TextSlicing.string(Array(scalars[start..<position]))
        guard let number = Int(digits), number <= RegularExpression.repeatMax else {
            throw fault("a count is \(RegularExpression.repeatMax) at most", at: start)
        }
        return number
    }

    // MARK: Parentheses

    private mutating func parenthesis() throws(RegularExpression.Fault) -> RegexNode? {
        let start = position
        position += 1
        let outer = flags
        var number: Int?
        if accept("?") {
            if accept("P<") || peek() == "<" && peek(1) != "=" && peek(1) != "!" {
                _ = accept("<")
                try groupName(from: start)
                number = try nextGroup(start)
            } else if try inlineFlags(from: start) {
                return nil
            }
        } else {
            number = try nextGroup(start)
        }
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= RegularExpression.nestingMax else {
            throw fault("more than \(RegularExpression.nestingMax) parentheses in one another", at: start)
        }
        let inner = try choice()
        guard accept(")") else {
            throw fault("'(' is not closed", hint: #"close it with ')', or write \( for the character"#, at: start)
        }
        flags = outer
        return number.map { .group(inner, number: $0) } ?? inner
    }

    private mutating func nextGroup(_ start: Int) throws(RegularExpression.Fault) -> Int {
        groupCount += 1
        guard groupCount <= RegularExpression.groupsMax else {
            throw fault(
                "more than \(RegularExpression.groupsMax) groups",
                hint: "(?:…) groups without a number",
                at: start
            )
        }
        return groupCount
    }

    private mutating func groupName(from start: Int) throws(RegularExpression.Fault) {
        let first = position
        while let scalar = peek(), ScalarSet.words.contains(scalar) { position += 1 }
        guard position > first, accept(">") else { throw fault("the name of a group is letters, then '>'", at: start) }
    }

    /// `(?i)`, `(?:` or `(?i:`, after `(?`. Whether that was all, as in the first one.
    private mutating func inlineFlags(from start: Int) throws(RegularExpression.Fault) -> Bool {
        var isOn = true
        while let scalar = peek() {
            position += 1
            switch scalar {
            case "i": flags.ignoresCase = isOn
            case "s": flags.dotTakesAll = isOn
            case "m": flags.isOfLines = isOn
            case "U": flags.isLazy = isOn
            case "-" where isOn: isOn = false
            case ":": return false
            case ")": return true
            case "=", "!", "<", ">", "#", "(":
                throw fault(
                    "'(?\(scalar)' is not supported: what would need to look ahead, back or again cannot be matched in "
                        + "one pass",
                    hint: "two conditions joined by AND can say the same",
                    at: start
                )
            default: throw fault("unknown flag '\(scalar)' after '(?'", hint: "the flags are i, m, s and U", at: start)
            }
        }
        throw fault("'(?' is not closed", at: start)
    }

    // MARK: Escapes

    private mutating func escape() throws(RegularExpression.Fault) -> RegexNode {
        let start = position
        switch peek(1) {
        case "A": return assertion(.textStart)
        case "z": return assertion(.textEnd)
        case "b": return assertion(.wordEdge)
        case "B": return assertion(.noWordEdge)
        case "Q": return quotation()
        case let digit? where ("1"..."9").contains(digit):
            throw fault(
                #"'\"# + "\(digit)' is not supported: what a group found cannot be asked for again in one pass",
                at: start
            )
        default: break
        }
        var reader = RegexClassReader(scalars, position)
        let set = try reader.escape()
        position = reader.position
        return .set(flags.ignoresCase ? set.ignoringCase : set)
    }

    private mutating func assertion(_ assertion: RegexAssertion) -> RegexNode {
        position += 2
        return .assertion(assertion)
    }

    /// `\Q…\E`: characters as they are.
    private mutating func quotation() -> RegexNode {
        position += 2
        var nodes: [RegexNode] = []
        while let scalar = peek(), !accept("\\E") {
            nodes.append(.set(literal(scalar)))
            position += 1
        }
        return .sequence(nodes)
    }
}
