/// The automaton of a regular expression.
struct RegexProgram: Sendable {
    enum Instruction: Sendable {
        /// Takes a scalar of a set.
        case set(Int)
        /// Goes on at both places, the first one preferred.
        case split(Int, Int)
        case jump(Int)
        /// Notes the place: the start (even) or the end (odd) of a group.
        case save(Int)
        case assertion(RegexAssertion)
        case found
    }

    var instructions: [Instruction] = []
    var sets: [ScalarSet] = []
    /// Groups, the whole being the first.
    var groupCount = 1
    /// Whether it can be found at the start of a text only.
    var isAnchored = false
}

/// Thompson's construction.
struct RegexCompiler {
    private var program = RegexProgram()
    private var setIndex: [ScalarSet: Int] = [:]
    /// Parts that were added: those which take no instruction count too, since `(?:){1000}` can stand within itself.
    private var partCount = 0

    static func program(of node: RegexNode, groupCount: Int) throws(RegularExpression.Fault) -> RegexProgram {
        var compiler = RegexCompiler()
        compiler.program.groupCount = groupCount + 1
        compiler.program.isAnchored = node.isAnchored
        try compiler.emit(.save(0))
        try compiler.add(node)
        try compiler.emit(.save(1))
        try compiler.emit(.found)
        return compiler.program
    }

    private var next: Int { program.instructions.count }

    private static let tooLarge = RegularExpression.Fault(
        message: "the pattern is too large: written out it has more than \(RegularExpression.instructionsMax) parts",
        hint: "counts in one another, as in (a{100}){100}, multiply",
        position: 0
    )

    private mutating func emit(_ instruction: RegexProgram.Instruction) throws(RegularExpression.Fault) {
        guard next < RegularExpression.instructionsMax else { throw Self.tooLarge }
        program.instructions.append(instruction)
    }

    private mutating func add(_ node: RegexNode) throws(RegularExpression.Fault) {
        partCount += 1
        guard partCount <= RegularExpression.instructionsMax * 4 else { throw Self.tooLarge }
        switch node {
        case .set(let set):
            let index = setIndex[set] ?? program.sets.count
            if index == program.sets.count {
                program.sets.append(set)
                setIndex[set] = index
            }
            try emit(.set(index))
        case .sequence(let nodes): for node in nodes { try add(node) }
        case .choice(let nodes): try addChoice(nodes)
        case .assertion(let assertion): try emit(.assertion(assertion))
        case .group(let inner, let number):
            try emit(.save(number * 2))
            try add(inner)
            try emit(.save(number * 2 + 1))
        case .repetition(let inner, let min, let max, let isLazy):
            for _ in 0..<min { try add(inner) }
            if let max {
                try addOptional(inner, count: max - min, isLazy: isLazy)
            } else {
                try addEndless(inner, isLazy: isLazy)
            }
        }
    }

    private mutating func addChoice(_ nodes: [RegexNode]) throws(RegularExpression.Fault) {
        var ends: [Int] = []
        for (index, node) in nodes.enumerated() {
            guard index < nodes.count - 1 else {
                try add(node)
                break
            }
            let split = next
            try emit(.split(split + 1, 0))
            try add(node)
            ends.append(next)
            try emit(.jump(0))
            program.instructions[split] = .split(split + 1, next)
        }
        for end in ends { program.instructions[end] = .jump(next) }
    }

    /// `x?` so many times, each within the one before.
    private mutating func addOptional(_ node: RegexNode, count: Int, isLazy: Bool) throws(RegularExpression.Fault) {
        var splits: [Int] = []
        for _ in 0..<count {
            splits.append(next)
            try emit(.split(0, 0))
            try add(node)
        }
        for split in splits { program.instructions[split] = isLazy ? .split(next, split + 1) : .split(split + 1, next) }
    }

    private mutating func addEndless(_ node: RegexNode, isLazy: Bool) throws(RegularExpression.Fault) {
        let split = next
        try emit(.split(0, 0))
        try add(node)
        try emit(.jump(split))
        program.instructions[split] = isLazy ? .split(next, split + 1) : .split(split + 1, next)
    }
}

extension RegexNode {
    /// Whether it begins with the start of the text whatever way is taken.
    fileprivate var isAnchored: Bool {
        switch self {
        case .assertion(.textStart): true
        case .sequence(let nodes): nodes.first?.isAnchored ?? false
        case .choice(let nodes): nodes.allSatisfy(\.isAnchored)
        case .group(let inner, _): inner.isAnchored
        case .repetition(let inner, let min, _, _): min > 0 && inner.isAnchored
        case .set, .assertion: false
        }
    }
}
