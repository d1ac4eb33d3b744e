import Testing

@testable import QueryLang

/// Regular expressions: what they find, what they refuse, and that no pattern is slow.
@Suite struct RegularExpressionTests {
    struct Case: Sendable {
        let pattern: String
        let found: [String]
        let notFound: [String]
    }

    static let cases: [Case] = [
        Case(pattern: "", found: ["", "a"], notFound: []),
        Case(pattern: "BTC", found: ["BTC-USDT", "xBTC"], notFound: ["btc", "BT"]),
        Case(pattern: "^BTC-", found: ["BTC-USDT"], notFound: ["xBTC-"]),
        Case(pattern: #"USDT?$"#, found: ["BTC-USD", "BTC-USDT"], notFound: ["USDTX"]),
        Case(
            pattern: "^(BTC|ETH)-.*[.]BINANCE$",
            found: ["ETH-USDT.BINANCE"],
            notFound: ["SOL-USDT.BINANCE", "ETH-USDTxBINANCE"]
        ),
        Case(pattern: "^a{2,3}$", found: ["aa", "aaa"], notFound: ["a", "aaaa"]),
        Case(pattern: "^a{2}$", found: ["aa"], notFound: ["a", "aaa"]),
        Case(pattern: "^a{2,}$", found: ["aa", "aaaaa"], notFound: ["a"]),
        Case(pattern: "a{,2}", found: ["a{,2}"], notFound: ["aa"]),
        Case(pattern: "x{", found: ["x{"], notFound: ["x"]),
        Case(pattern: #"^\d+\s\w+$"#, found: ["12 ab_3"], notFound: ["a b", "12  a"]),
        Case(pattern: #"^[^\d]$"#, found: ["a", "é"], notFound: ["1", ""]),
        Case(pattern: "^[]a-]+$", found: ["]a-"], notFound: ["b"]),
        Case(pattern: "^[[:upper:][:digit:]]+$", found: ["A1"], notFound: ["a1"]),
        Case(pattern: "^[[:^space:]]+$", found: ["a"], notFound: ["a b"]),
        Case(pattern: "a.c", found: ["abc", "aéc"], notFound: ["ac", "a\nc"]),
        Case(pattern: "(?s)a.c", found: ["a\nc"], notFound: ["ac"]),
        Case(pattern: "^b$", found: ["b"], notFound: ["a\nb"]),
        Case(pattern: "(?m)^b$", found: ["a\nb\nc"], notFound: ["ab"]),
        Case(pattern: "(?i)straße", found: ["STRAßE", "Straße"], notFound: ["STRASSE"]),
        Case(pattern: "(?i)[^a]", found: ["b"], notFound: ["A", "a"]),
        Case(pattern: "a(?i)b(?-i)c", found: ["aBc", "abc"], notFound: ["ABc", "abC"]),
        Case(pattern: "(?i:a)b", found: ["Ab"], notFound: ["AB"]),
        Case(pattern: #"\bcat\b"#, found: ["a cat sat"], notFound: ["concat"]),
        Case(pattern: #"\Bcat"#, found: ["concat"], notFound: ["a cat"]),
        Case(pattern: #"\x41\x{1F600}"#, found: ["A😀"], notFound: ["A"]),
        Case(pattern: #"\Qa.b\E+"#, found: ["a.b"], notFound: ["axb"]),
        Case(pattern: #"\."#, found: ["a.b"], notFound: ["ab"]),
        Case(pattern: "(a*)*b", found: ["aab", "b"], notFound: ["aaa"]),
        Case(pattern: "(?:)*", found: ["", "x"], notFound: []),
        Case(pattern: "(?P<name>a)(?<other>b)", found: ["ab"], notFound: ["a"]),
        Case(pattern: "a|b|", found: ["c"], notFound: []),
        Case(pattern: #"\A\z"#, found: [""], notFound: ["a"]),
    ]

    @Test(arguments: cases.indices) func aPatternFindsWhatItSays(index: Int) throws {
        let sample = Self.cases[index]
        let expression = try RegularExpression(sample.pattern)
        for text in sample.found { #expect(expression.matches(text), "/\(sample.pattern)/ in '\(text)'") }
        for text in sample.notFound { #expect(!expression.matches(text), "/\(sample.pattern)/ not in '\(text)'") }
    }

    static let refused: [(pattern: String, message: String, position: Int)] = [
        ("a(b", "'(' is not closed", 1), ("a)b", "')' closes nothing", 1),
        ("*a", "'*' has nothing before it to repeat", 0),
        ("a|+", "'+' has nothing before it to repeat", 2), ("a**", "a count follows a count", 2),
        ("a*+", "possessive counts such as a*+ are not supported", 2), ("[a", "'[' is not closed", 0),
        ("[b-a]", "the range in brackets has no order", 1), ("a{3,2}", "the count {3,2} ends below its start", 1),
        ("a{1001}", "a count is 1000 at most", 2), ("(?=a)", "'(?=' is not supported", 0),
        ("a(?<!b)", "'(?<' is not supported", 1), (#"(a)\1"#, #"'\1' is not supported"#, 3),
        ("a\\", #"'\' ends the pattern"#, 1), (#"\y"#, #"'\y' is not known"#, 0),
        ("(?x)a", "unknown flag 'x' after '(?'", 0),
        ("[[:alhpa:]]", "unknown class '[:alhpa:]'", 1), (#"\x4"#, #"'\x' takes two hexadecimal digits"#, 0),
        ("(a{100}){100}", "the pattern is too large", 0),
        ("(?:(?:(?:){1000}){1000}){1000}", "the pattern is too large", 0),
        (String(repeating: "(", count: 65), "more than 64 parentheses in one another", 64),
    ]

    @Test(arguments: refused.indices) func whatIsWrongIsToldWithItsPlace(index: Int) {
        let sample = Self.refused[index]
        do throws(RegularExpression.Fault) {
            _ = try RegularExpression(sample.pattern)
            Issue.record("/\(sample.pattern)/ was taken")
        } catch {
            #expect(error.message.hasPrefix(sample.message), "/\(sample.pattern)/: \(error.message)")
            #expect(error.position == sample.position, "/\(sample.pattern)/: \(error.position)")
        }
    }

    @Test func noPatternIsSlow() throws {
        let text = String(repeating: "a", count: 20_000)
        for pattern in ["(a*)*b", "(a|a)*b", "(a|aa)+$b", "(.*)(.*)(.*)(.*)x", "(a?){50}a{50}b"] {
            let start = ContinuousClock.now
            #expect(try !RegularExpression(pattern).matches(text))
            // A debug build takes some ten million steps a second; one that tries way after way would take for ever.
            #expect(ContinuousClock.now - start < .seconds(60), "/\(pattern)/")
        }
    }

    @Test(arguments: [
        ("a-b-c", "-", "+", "a+b+c"), ("BTC-USDT", "^(.*)-(.*)$", "$2/$1", "USDT/BTC"), ("abc", "", ".", ".a.b.c."),
        ("aaa", "a*", "x", "xx"), ("baac", "a*?", "x", "xbxaxaxcx"), ("a1b22", "[0-9]+", "<$0>", "a<1>b<22>"),
        ("ab", "(a)|(b)", "[$1|$2]", "[a|][|b]"), ("abab", "^ab", "x", "xab"), ("a", "a", #"\$1\\"#, #"$1\"#),
        ("aab", "a|aa", "x", "xxb"), ("", "^$", "x", "x"), ("é1é", "é", "e", "e1e"), ("a.b", "[.]", "$7", "ab"),
    ])
    func whatIsFoundIsReplaced(text: String, pattern: String, template: String, result: String) throws {
        #expect(try RegularExpression(pattern).replacing(in: text, by: template) == result)
    }

    @Test func aReplacementHasABound() throws {
        let text = String(repeating: "a", count: 60_000)
        #expect(try RegularExpression("a").replacing(in: text, by: "aa") == nil)
        #expect(try RegularExpression("a").replacing(in: text, by: "b")?.utf8.count == 60_000)
        // Each search looks to the end of the text for a z.
        #expect(try RegularExpression("a.*z|a").replacing(in: text, by: "b") == nil)
    }

    // MARK: Against a naive matcher

    /// Patterns of a and b with all that can be in one another.
    private enum Naive {
        case letter(Character)
        case any
        indirect case sequence(Naive, Naive)
        indirect case choice(Naive, Naive)
        indirect case star(Naive)
        indirect case optional(Naive)

        init(_ depth: Int, _ random: inout SeededGenerator) {
            switch Int.random(in: 0..<(depth > 0 ? 8 : 3), using: &random) {
            case 0: self = .letter("a")
            case 1: self = .letter("b")
            case 2: self = .any
            case 3, 4: self = .sequence(Naive(depth - 1, &random), Naive(depth - 1, &random))
            case 5: self = .choice(Naive(depth - 1, &random), Naive(depth - 1, &random))
            case 6: self = .star(Naive(depth - 1, &random))
            default: self = .optional(Naive(depth - 1, &random))
            }
        }

        var text: String {
            switch self {
            case .letter(let letter): String(letter)
            case .any: "."
            case .sequence(let a, let b): a.text + b.text
            case .choice(let a, let b): "(\(a.text)|\(b.text))"
            case .star(let a): "(?:\(a.text))*"
            case .optional(let a): "(?:\(a.text))?"
            }
        }

        /// Where matches that begin at some places can end.
        func ends(_ starts: Set<Int>, _ text: [Character]) -> Set<Int> {
            switch self {
            case .letter(let letter): return Set(starts.filter { $0 < text.count && text[$0] == letter }.map { $0 + 1 })
            case .any: return Set(starts.filter { $0 < text.count }.map { $0 + 1 })
            case .sequence(let a, let b): return b.ends(a.ends(starts, text), text)
            case .choice(let a, let b): return a.ends(starts, text).union(b.ends(starts, text))
            case .optional(let a): return starts.union(a.ends(starts, text))
            case .star(let a):
                var all = starts
                while true {
                    let more = all.union(a.ends(all, text))
                    if more == all { return all }
                    all = more
                }
            }
        }
    }

    @Test(arguments: 0..<20) func randomPatternsFindWhatANaiveMatcherFinds(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            let naive = Naive(4, &random)
            let (isStart, isEnd) = (Bool.random(using: &random), Bool.random(using: &random))
            let pattern = (isStart ? "^(?:" : "(?:") + naive.text + (isEnd ? ")$" : ")")
            let expression = try RegularExpression(pattern)
            for _ in 0..<12 {
                let count = Int.random(in: 0...7, using: &random)
                let text = (0..<count).map { _ in ["a", "b", "c"].randomElement(using: &random)! as Character }
                let ends = naive.ends(isStart ? [0] : Set(0...text.count), text)
                let isFound = isEnd ? ends.contains(text.count) : !ends.isEmpty
                #expect(expression.matches(String(text)) == isFound, "/\(pattern)/ in '\(String(text))'")
            }
        }
    }
}
