/// A pattern of bucket keys, in the syntax that MarketStore's streams have, with `/` between the parts of a key.
///
///     *         any text within a part         [abc] [a-z]   one of these characters
///     **        any text, `/` too              [!abc]        a character of a part that is none of these
///     ?         one character of a part        {a,b}         one of these patterns
///     \c        the character c itself
///
/// A pattern is compiled to an automaton whose states are followed together, so that no pattern takes longer than its length
/// times that of the key.
public struct StreamGlob: Sendable, Hashable {
    /// Bytes of a pattern.
    static let bytesMax = 256
    /// Alternatives inside alternatives.
    private static let depthMax = 8

    private enum Node: Sendable, Hashable {
        /// This character, then the next node.
        case scalar(Unicode.Scalar)
        /// One character, `/` only if it may be one, then the next node.
        case any(crossesParts: Bool)
        /// One character of these, or of none of these, then the next node.
        case oneOf([ClosedRange<Unicode.Scalar>], isNegated: Bool)
        /// Both of two nodes.
        case fork(Int, Int)
        /// Another node.
        case jump(Int)
    }

    /// The key that is meant, if the pattern can match no other.
    public let literal: String?
    private var nodes: [Node] = []

    /// Compiles a pattern; nil if it is malformed, too long or nested too deep.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax || !text.utf8.contains(where: Self.isSpecial) else { return nil }
        literal = text.utf8.contains(where: Self.isSpecial) ? nil : text
        guard literal == nil else { return }
        var rest = Substring(text).unicodeScalars
        guard compile(&rest, depth: 0), rest.isEmpty else { return nil }
    }

    /// Nodes of its automaton: what matching costs for each character.
    var cost: Int { nodes.count }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "\\"): true
        default: false
        }
    }

    // MARK: - Compiling

    /// Compiles up to the end of the text or, inside braces, up to `,` or `}`.
    private mutating func compile(_ rest: inout Substring.UnicodeScalarView, depth: Int) -> Bool {
        while let scalar = rest.first {
            if depth > 0, scalar == "," || scalar == "}" { return true }
            rest.removeFirst()
            switch scalar {
            case "*":
                var count = 1
                while rest.first == "*" {
                    rest.removeFirst()
                    count += 1
                }
                let start = nodes.count
                nodes.append(.fork(start + 1, start + 3))
                nodes.append(.any(crossesParts: count > 1))
                nodes.append(.jump(start))
            case "?": nodes.append(.any(crossesParts: false))
            case "[": guard compileClass(&rest) else { return false }
            case "{": guard depth < Self.depthMax, compileAlternatives(&rest, depth: depth + 1) else { return false }
            case "\\":
                guard let escaped = rest.popFirst() else { return false }
                nodes.append(.scalar(escaped))
            default: nodes.append(.scalar(scalar))
            }
        }
        return depth == 0
    }

    /// Compiles what follows `[`.
    private mutating func compileClass(_ rest: inout Substring.UnicodeScalarView) -> Bool {
        var isNegated = false
        if rest.first == "!" {
            rest.removeFirst()
            isNegated = true
        }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while var lower = rest.popFirst() {
            if lower == "]" {
                guard !ranges.isEmpty else { return false }
                nodes.append(.oneOf(ranges, isNegated: isNegated))
                return true
            }
            if lower == "\\" {
                guard let escaped = rest.popFirst() else { return false }
                lower = escaped
            }
            var upper = lower
            // A hyphen before the bracket stands for itself.
            if rest.first == "-", rest.dropFirst().first != "]" {
                rest.removeFirst()
                guard let end = rest.popFirst(), end >= lower else { return false }
                upper = end
            }
            ranges.append(lower...upper)
        }
        return false
    }

    /// Compiles what follows `{`.
    private mutating func compileAlternatives(_ rest: inout Substring.UnicodeScalarView, depth: Int) -> Bool {
        var exits: [Int] = []
        while true {
            let fork = nodes.count
            nodes.append(.jump(fork + 1))
            guard compile(&rest, depth: depth), let end = rest.popFirst() else { return false }
            guard end == "," else { break }
            exits.append(nodes.count)
            nodes.append(.jump(nodes.count))
            nodes[fork] = .fork(fork + 1, nodes.count)
        }
        for exit in exits { nodes[exit] = .jump(nodes.count) }
        return true
    }

    // MARK: - Matching

    /// Whether a key is one of those that are meant.
    public func matches(_ key: String) -> Bool {
        if let literal { return literal.utf8.elementsEqual(key.utf8) }
        var current = States(count: nodes.count + 1)
        var next = States(count: nodes.count + 1)
        enter(0, &current)
        for scalar in key.unicodeScalars {
            next.removeAll()
            for state in current.list where state < nodes.count {
                let isTaken =
                    switch nodes[state] {
                    case .scalar(let wanted): scalar == wanted
                    case .any(let crossesParts): crossesParts || scalar != "/"
                    case .oneOf(let ranges, let isNegated):
                        ranges.contains { $0.contains(scalar) } != isNegated && scalar != "/"
                    case .fork, .jump: false
                    }
                if isTaken { enter(state + 1, &next) }
            }
            guard !next.list.isEmpty else { return false }
            swap(&current, &next)
        }
        return current.contains(nodes.count)
    }

    /// States that were reached, each once, and those that no character leads out of.
    private struct States {
        private(set) var list: [Int] = []
        private var marks: [Bool]

        init(count: Int) { marks = Array(repeating: false, count: count) }

        func contains(_ state: Int) -> Bool { marks[state] }

        mutating func insert(_ state: Int) -> Bool {
            guard !marks[state] else { return false }
            marks[state] = true
            list.append(state)
            return true
        }

        mutating func removeAll() {
            for state in list { marks[state] = false }
            list.removeAll(keepingCapacity: true)
        }
    }

    /// Adds a state and all that it leads to without a character.
    private func enter(_ state: Int, _ states: inout States) {
        var open = [state]
        while let state = open.popLast() {
            guard states.insert(state), state < nodes.count else { continue }
            switch nodes[state] {
            case .jump(let target): open.append(target)
            case .fork(let one, let other):
                open.append(one)
                open.append(other)
            case .scalar, .any, .oneOf: break
            }
        }
    }
}
