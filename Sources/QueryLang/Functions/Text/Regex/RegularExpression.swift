/// A regular expression, made ready: a subset of RE2's syntax, matched in time proportional to the text's length.
///
/// No pattern can make it slow: it is matched by following all ways through a non-deterministic automaton at once (Thompson's
/// construction, Pike's machine), never by trying one after the other. Characters are Unicode scalars.
public struct RegularExpression: Sendable {
    /// What is wrong with a pattern.
    public struct Fault: Error, Sendable, Hashable {
        /// What is wrong.
        public let message: String
        /// What to do about it.
        public let hint: String?
        /// Place of the offending scalar in the pattern, from 0.
        public let position: Int
    }

    /// Instructions that a pattern may have: what a scalar of a text costs at most.
    static let instructionsMax = 4096
    /// Parentheses in one another.
    static let nestingMax = 64
    /// Scalars that a replacement may look at besides those of the text: a search may have to go to its end each time.
    static let scansMax = 1 << 22
    /// The largest count in `{n,m}`.
    static let repeatMax = 1000
    /// Groups that a pattern may have.
    static let groupsMax = 100

    let program: RegexProgram

    /// Reads a pattern.
    public init(_ pattern: String, ignoresCase: Bool = false) throws(Fault) {
        var parser = RegexParser(pattern, ignoresCase: ignoresCase)
        let (node, groupCount) = try parser.parse()
        program = try RegexCompiler.program(of: node, groupCount: groupCount)
    }

    /// Whether the pattern is found anywhere in a text.
    public func matches(_ text: String) -> Bool {
        var machine = RegexMachine(program)
        return machine.matches(text.unicodeScalars)
    }

    /// The text with everything that the pattern finds, from left to right, replaced. `$1` … `$9` stand for what a group
    /// found, `$0` for all of it, `\` takes the next character as it is. Nil if the result is longer than a text may be, or
    /// the search looks ahead so far so often that it takes more than ``scansMax``.
    public func replacing(in text: String, by template: String) -> String? {
        let scalars = Array(text.unicodeScalars)
        let lengthMax = max(TextSlicing.bytesMax, scalars.count)
        let parts = Self.parts(of: template)
        var machine = RegexMachine(program)
        var result: [Unicode.Scalar] = []
        var position = 0
        var copied = 0
        while position <= scalars.count, let places = machine.find(scalars, from: position) {
            guard machine.scanned <= Self.scansMax + scalars.count else { return nil }
            let (start, end) = (places[0], places[1])
            result += scalars[copied..<start]
            for part in parts {
                switch part {
                case .scalar(let scalar): result.append(scalar)
                case .group(let number):
                    guard number * 2 + 1 < places.count, places[number * 2] >= 0, places[number * 2 + 1] >= 0 else {
                        continue
                    }
                    result += scalars[places[number * 2]..<places[number * 2 + 1]]
                }
            }
            guard result.count <= lengthMax else { return nil }
            copied = end
            // What is empty is found once at a place, and the scalar after it stays.
            position = end > start ? end : end + 1
        }
        result += scalars[min(copied, scalars.count)...]
        return result.count <= lengthMax ? TextSlicing.string(result) : nil
    }

    private enum Part {
        case scalar(Unicode.Scalar)
        case group(Int)
    }

    private static func parts(of template: String) -> [Part] {
        var parts: [Part] = []
        var scalars = Array(template.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            if scalar == "\\", let next = scalars.popFirst() {
                parts.append(.scalar(next))
            } else if scalar == "$", let next = scalars.first, ("0"..."9").contains(next) {
                scalars.removeFirst()
                parts.append(.group(Int(next.value - 48)))
            } else {
                parts.append(.scalar(scalar))
            }
        }
        return parts
    }
}
