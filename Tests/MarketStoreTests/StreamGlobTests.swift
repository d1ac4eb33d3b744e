import MarketStore
import TestSupport
import Testing

@Suite("A pattern of streams")
struct StreamGlobTests {
    @Test(
        "means the keys that MarketStore's globs mean",
        arguments: [
            ("*/*/*", "BTC-USD/1Min/OHLCV", true), ("*/*/*", "A/B", false), ("*/1Min/*", "X/5Min/Y", false),
            ("ETH-USD/1Min/OHLCV", "ETH-USD/1Min/OHLCV", true), ("ETH-USD/1Min/OHLCV", "ETH-USD/1Min/OHLC", false),
            ("A?C/*/*", "ABC/1D/X", true), ("A?C/*/*", "AC/1D/X", false), ("A?C/*/*", "A/C/1D/X", false),
            ("[ab]*/1D/X", "bcd/1D/X", true), ("[ab]*/1D/X", "cbd/1D/X", false), ("[!ab]/1D/X", "c/1D/X", true),
            ("[!ab]/1D/X", "a/1D/X", false), ("[a-c]/1D/X", "b/1D/X", true), ("[a-c]/1D/X", "d/1D/X", false),
            ("{BTC,ETH}-USD/*/*", "ETH-USD/1Min/OHLCV", true), ("{BTC,ETH}-USD/*/*", "SOL-USD/1Min/OHLCV", false),
            ("{B*,{ETH,S?L}}/1D/X", "SOL/1D/X", true), ("{B*,{ETH,S?L}}/1D/X", "B/1D/X", true),
            ("{,A}B/1D/X", "B/1D/X", true),
            ("*B*/1D/X", "ABBA/1D/X", true), ("*B/1D/X", "ABBA/1D/X", false), ("*/*/*", "//", true),
            ("A\\*B/1D/X", "A*B/1D/X", true), ("A\\*B/1D/X", "AxB/1D/X", false), ("A\\[/1D/X", "A[/1D/X", true),
            ("**/1D/X", "A/1D/X", true), ("?/1D/X", "é/1D/X", true), ("[α-ω]/1D/X", "β/1D/X", true),
            ("a]/1D/X", "a]/1D/X", true),
        ]
    )
    func matches(pattern: String, key: String, expected: Bool) throws {
        let glob = try #require(StreamGlob(pattern))
        #expect(glob.matches(key) == expected)
    }

    @Test(
        "is refused when it is malformed",
        arguments: ["[ab/1D/X", "[]/1D/X", "[!]/1D/X", "{a,b/1D/X", "a\\", "[c-a]/1D/X", "[a-", "{", "[\\"]
    )
    func malformed(pattern: String) {
        #expect(StreamGlob(pattern) == nil)
    }

    @Test("nested too deep or too long is refused, and needs no stack")
    func bounded() {
        #expect(StreamGlob(String(repeating: "{", count: 100) + "a" + String(repeating: "}", count: 100)) == nil)
        #expect(StreamGlob(String(repeating: "*a", count: 1_000)) == nil)
    }

    @Test("that backtracking would never finish takes its length times that of the key")
    func noBacktracking() throws {
        let glob = try #require(StreamGlob(String(repeating: "{*a,*b}*", count: 20) + "c/1D/X"))
        #expect(!glob.matches(String(repeating: "ab", count: 500) + "/1D/X"))
    }

    /// A pattern of few letters, as text and as what it means.
    private indirect enum Oracle {
        case letter(Character)
        case any
        case one
        case set([Character], isNegated: Bool)
        case either([[Oracle]])

        var text: String {
            switch self {
            case .letter(let letter): String(letter)
            case .any: "*"
            case .one: "?"
            case .set(let letters, let isNegated): "[" + (isNegated ? "!" : "") + String(letters) + "]"
            case .either(let parts): "{" + parts.map { $0.map(\.text).joined() }.joined(separator: ",") + "}"
            }
        }

        /// Where a match from `index` may end.
        static func ends(_ parts: ArraySlice<Oracle>, _ text: [Character], _ index: Int) -> Set<Int> {
            guard let first = parts.first else { return [index] }
            let rest = parts.dropFirst()
            func taking(_ isTaken: (Character) -> Bool) -> Set<Int> {
                guard index < text.count, isTaken(text[index]) else { return [] }
                return ends(rest, text, index + 1)
            }
            switch first {
            case .letter(let letter): return taking { $0 == letter }
            case .one: return taking { $0 != "/" }
            case .set(let letters, let isNegated): return taking { letters.contains($0) != isNegated && $0 != "/" }
            case .any:
                var ends = ends(rest, text, index)
                var next = index
                while next < text.count, text[next] != "/" {
                    next += 1
                    ends.formUnion(Self.ends(rest, text, next))
                }
                return ends
            case .either(let choices):
                return choices.reduce(into: []) { ends, choice in
                    for end in Self.ends(choice[...], text, index) { ends.formUnion(Self.ends(rest, text, end)) }
                }
            }
        }

        static func random(_ random: inout SeededGenerator, depth: Int = 0) -> [Oracle] {
            (0..<random.int(0...4)).map { _ in
                switch random.int(0...(depth < 2 ? 7 : 5)) {
                case 0...2: .letter("ab/".randomElement(using: &random)!)
                case 3: .any
                case 4: .one
                case 5: .set(["a", "c"], isNegated: random.oneIn(2))
                default: .either((0..<random.int(1...3)).map { _ in Self.random(&random, depth: depth + 1) })
                }
            }
        }
    }

    @Test("means the same as a search of all ways to match", arguments: 0..<20)
    func agreesWithOracle(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let parts = Oracle.random(&random)
            let pattern = parts.map(\.text).joined()
            // Two stars cross a slash, and the oracle knows one only.
            guard !pattern.contains("**") else { continue }
            let glob = try #require(StreamGlob(pattern), "\(pattern)")
            for _ in 0..<10 {
                let text = (0..<random.int(0...6)).map { _ in "abc/".randomElement(using: &random)! }
                let expected = Oracle.ends(parts[...], text, 0).contains(text.count)
                #expect(glob.matches(String(text)) == expected, "\(pattern) of \(String(text))")
            }
        }
    }
}

@Suite("The streams that a client follows")
struct StreamPatternsTests {
    private func key(_ text: String) throws -> BucketKey { try #require(BucketKey(text)) }

    @Test("are taken all or none, and the first that is none is named")
    func allOrNothing() throws {
        #expect(throws: DataServiceError("bad is an invalid stream")) {
            try StreamPatterns(["*/*/*", "bad", "worse"])
        }
        #expect(throws: DataServiceError("a/b/c/d is an invalid stream")) { try StreamPatterns(["a/b/c/d"]) }
        #expect(throws: DataServiceError("[/1D/X is an invalid stream")) { try StreamPatterns(["[/1D/X"]) }
        let patterns = try StreamPatterns(["A/1Min/X", "*/5Min/X", "A/1Min/X"])
        #expect(patterns.count == 2)
        #expect(patterns.matches(try key("A/1Min/X")))
        #expect(patterns.matches(try key("B/5Min/X")))
        #expect(!patterns.matches(try key("B/1Min/X")))
        #expect(patterns.keys == nil)
        let (named, expected) = (try StreamPatterns(["A/1Min/X", "A/1Min/X"]), try key("A/1Min/X"))
        #expect(named.keys == [expected])
    }

    @Test("are bounded")
    func bounded() throws {
        #expect(throws: DataServiceError.self) { try StreamPatterns((0..<300).map { "*\($0)/1D/X" }) }
        #expect(throws: DataServiceError.self) {
            try StreamPatterns((0..<100).map { "\($0)" + String(repeating: "*a", count: 100) + "/1D/X" })
        }
        #expect(try StreamPatterns((0..<10_000).map { "S\($0)/1D/X" }).count == 10_000)
    }
}

@Suite("A request of a stream's client")
struct StreamRequestTests {
    private func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! }
    }

    @Test("is read as the clients of MarketStore wrote it")
    func captured() {
        #expect(FollowRequest(bytes("81a773747265616d7391a52a2f2a2f2a")) == .follow(["*/*/*"]))
        #expect(FollowRequest(bytes("81a773747265616d7391a3626164")) == .follow(["bad"]))
        #expect(FollowRequest(bytes("81a773747265616d7390")) == .nothing)
        #expect(FollowRequest(bytes("81a3666f6f01")) == .nothing)
        #expect(FollowRequest(bytes("81a773747265616d73c0")) == .nothing)
        #expect(
            FollowRequest.refusal(DataServiceError("bad is an invalid stream"))
                == bytes("81a56572726f72b862616420697320616e20696e76616c69642073747265616d")
        )
    }

    @Test("may have other members of every kind around the streams")
    func others() {
        // {"a": [1, {"b": nil, "c": 1.5}], "streams": ["A/B/C"], "z": bin8, "e": ext8}
        let text = "84a161920182a162c0a163cb3ff8000000000000a773747265616d7391a5412f422f43a17ac402ffffa165c70105aa"
        #expect(FollowRequest(bytes(text)) == .follow(["A/B/C"]))
    }

    @Test("is nothing when it is no such map, whatever bytes it has")
    func garbage() {
        #expect(FollowRequest(Array(#"{"streams":["*/*/*"]}"#.utf8)) == nil)
        for hex in [
            "", "81", "c0", "90", "81a773747265616d7301", "81a773747265616d739101", "dfffffffff", "81a161dfffffffff",
        ] {
            #expect(FollowRequest(bytes(hex)) == nil, "\(hex)")
        }
        // Arrays in arrays: deep, and no stack is used.
        let deep: [UInt8] = [0x81, 0xA1, 0x61] + Array(repeating: 0x91, count: 1_000_000)
        #expect(FollowRequest(deep) == nil)
        var random = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let bytes = (0..<random.int(0...40)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            _ = FollowRequest([0x81, 0xA1, 0x61] + bytes)
            _ = FollowRequest(bytes)
        }
    }
}
