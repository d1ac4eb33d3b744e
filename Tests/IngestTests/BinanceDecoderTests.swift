import Market
import Testing

@testable import Ingest

@Suite struct BinanceDecoderTests {
    // Lines of a real recording.
    static let depth =
        #"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61737.63000000","0.00000000"],["61730.17000000","0.50000000"]],"a":[["61837.64000000","1.54698000"]]}}"#
    static let trade =
        #"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}"#
    static let quote =
        #"{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}"#
    static let all = [depth, trade, quote]

    /// What a frame means, in one line; the error if it has none.
    static func meaning(_ text: String) -> String {
        var decoder = BinanceDecoder()
        var text = text
        return text.withUTF8 { bytes in meaning(bytes, &decoder) }
    }

    static func meaning(_ bytes: UnsafeBufferPointer<UInt8>, _ decoder: inout BinanceDecoder) -> String {
        do throws(IngestError) {
            let kind = try decoder.decode(bytes)
            let m = decoder.message
            let symbol = String(decoding: bytes[m.symbol.start..<m.symbol.end], as: UTF8.self)
            func word(_ field: NumberField) -> String { field.isValid ? "\(field.value)" : "\(field.fault)" }
            let fields = [
                m.eventTime, m.tradeTime, m.tradeID, m.firstUpdateID, m.lastUpdateID, m.snapshotID, m.price, m.size,
                m.bid,
                m.bidSize, m.ask, m.askSize,
            ]
            let levels = (decoder.bids + decoder.asks).map { "\($0.side) \($0.price) \($0.size)" }
            let maker = m.isBuyerMaker.map { "\($0)" } ?? "-"
            return "\(kind) \(symbol) \(fields.map(word)) \(maker) \(levels) \(m.levelFault.map { "\($0)" } ?? "")"
        } catch {
            return "\(error)"
        }
    }

    @Test func aDepthMessageIsRead() throws {
        var decoder = BinanceDecoder()
        var text = Self.depth
        let kind = try text.withUTF8 { try decoder.decode($0) }
        #expect(kind == .depthUpdate)
        #expect(decoder.message.firstUpdateID.value == 50_093_239_189)
        #expect(decoder.message.lastUpdateID.value == 50_093_239_202)
        #expect(decoder.message.eventTime.value == 1_723_161_255_208)
        #expect(
            decoder.bids == [
                LevelChange(side: .bid, price: 6_173_763_000_000, size: 0),
                LevelChange(side: .bid, price: 6_173_017_000_000, size: 50_000_000),
            ]
        )
        #expect(decoder.asks == [LevelChange(side: .ask, price: 6_183_764_000_000, size: 154_698_000)])
    }

    @Test func everyOtherKindIsTold() {
        let kinds: [(String, BinanceMessage.Kind)] = [
            (Self.trade, .trade), (Self.quote, .bookTicker),
            (#"{"lastUpdateId":5,"bids":[["1","2"]],"asks":[]}"#, .snapshot),
            (#"{"stream":"x@depth5","data":{"lastUpdateId":5,"bids":[],"asks":[]}}"#, .other),
            (#"{"result":null,"id":1}"#, .acknowledgement), (#"{"result":["a@trade"],"id":3}"#, .acknowledgement),
            (#"{"code":2,"msg":"Invalid request: no","id":1}"#, .refusal),
            (#"{"error":{"code":2,"msg":"no"},"id":1}"#, .refusal),
            (#"{"e":"serverShutdown","E":1}"#, .serverShutdown),
            (#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}"#, .serverShutdown),
            (#"{"e":"aggTrade","E":1,"a":5,"p":"-1.5"}"#, .other),
            (#"{"e":"kline","k":{"t":1,"i":"1m","x":false,"V":[1,{"a":null}]}}"#, .other),
            ("{}", .unrecognised), ("[1,2]", .unrecognised), ("12", .unrecognised), ("\"x\"", .unrecognised),
        ]
        for (text, kind) in kinds {
            var decoder = BinanceDecoder()
            var text = text
            #expect(throws: Never.self, "\(text)") {
                let found = try text.withUTF8 { try decoder.decode($0) }
                #expect(found == kind, "\(text)")
            }
        }
    }

    @Test(
        arguments: [
            ("", .unexpectedEnd, 0), ("   ", .unexpectedEnd, 3), ("{", .unexpectedEnd, 1),
            ("{\"e\"", .unexpectedEnd, 4),
            ("{\"e\":\"trade\"", .unexpectedEnd, 12), ("{e:1}", .unexpectedByte, 1),
            ("{\"e\":tru}", .unexpectedByte, 8),
            ("{\"E\":01}", .badNumber, 6), ("{\"E\":1.}", .badNumber, 7), ("{\"E\":-}", .badNumber, 6),
            ("{\"s\":\"a\u{01}\"}", .badString, 7), ("{\"s\":\"a\\x\"}", .badString, 7),
            ("{\"s\":\"\\u12g4\"}", .badString, 6),
            ("{} x", .trailingBytes, 3), ("{\"a\":[1,]}", .unexpectedByte, 8), ("{\"x\":1,}", .unexpectedByte, 7),
            ("{\"b\":[[\"1\",\"2\"}", .unexpectedByte, 14), ("nul", .unexpectedEnd, 3),
            ("\u{0B}{}", .unexpectedByte, 0),
        ] as [(String, IngestReason, Int)]
    )
    func whatIsNoJSONIsRefusedWithItsPlace(text: String, reason: IngestReason, offset: Int) {
        var decoder = BinanceDecoder()
        var copy = text
        let error = #expect(throws: IngestError.self) { try copy.withUTF8 { _ = try decoder.decode($0) } }
        #expect(error == IngestError(.malformedFrame, reason, offset: offset), "\(text)")
    }

    @Test func nestingIsBounded() {
        let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        #expect(Self.meaning("{\"x\":\(deep(64))}").hasPrefix("unrecognised"))
        #expect(Self.meaning("{\"x\":\(deep(65))}").contains("nested more than 64"))
        #expect(Self.meaning(String(repeating: "[{\"a\":", count: 100_000)).contains("nested more than 64"))
    }

    @Test func numbersAreCheckedAsDecimalsAre() {
        let cases: [(String, String)] = [
            ("\"1\"", "100000000"), ("\"0.00000001\"", "1"), ("\"92233720368.54775807\"", "9223372036854775807"),
            ("\"92233720368.54775808\"", "overflow"), ("\"1.000000010\"", "100000001"),
            ("\"1.000000001\"", "inexactDecimal"),
            ("\"-1\"", "outOfRange"), ("\"\"", "badDecimal"), ("\"1.2.3\"", "badDecimal"), ("\"1e5\"", "badDecimal"),
            ("\"NaN\"", "badDecimal"), ("1.5", "wrongType"), ("null", "wrongType"), ("[1]", "wrongType"),
            ("\"1\\u002e5\"", "150000000"), ("\"000000000000000000000001\"", "100000000"), ("\" 1\"", "badDecimal"),
            ("\"99999999999999999999999\"", "overflow"),
        ]
        for (text, expected) in cases {
            let meaning = Self.meaning(#"{"e":"trade","p":\#(text)}"#)
            #expect(meaning.contains("\"\(expected)\", \"missingField\", \"missingField\""), "\(text): \(meaning)")
        }
    }

    @Test func integersOutsideSixtyFourBitsAreFaults() {
        for (text, expected) in [
            ("9223372036854775807", "9223372036854775807"), ("9223372036854775808", "overflow"), ("-1", "outOfRange"),
            ("1.0", "overflow"), ("1e3", "overflow"), ("\"1\"", "wrongType"), ("0", "0"), ("-0", "0"),
            ("123456789012345678", "123456789012345678"), ("12345678901234567890123", "overflow"),
        ] {
            #expect(Self.meaning(#"{"e":"trade","E":\#(text)}"#).contains("[\"\(expected)\""), "\(text)")
        }
    }

    @Test func escapedKeysAndValuesMeanTheSame() {
        let plain = #"{"e":"trade","lastUpdateId":7,"s":"X","m":true}"#
        let escaped = #"{"\u0065":"tr\u0061de","last\u0055pdateId":7,"s":"X","\u006d":true}"#
        #expect(Self.meaning(plain) == Self.meaning(escaped))
    }

    /// Order of fields, whitespace and unknown fields do not matter.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func theWritingOfAFrameDoesNotMatter(seed: UInt64) {
        var random = TestRandom(seed: seed)
        let fields: [[(String, String)]] = [
            [
                ("e", "\"depthUpdate\""), ("E", "1723161255208"), ("s", "\"BTCUSDT\""), ("U", "5"), ("u", "9"),
                ("b", "[[\"61737.63\",\"0\"],[\"1\",\"2\"]]"), ("a", "[[\"61837.64\",\"1.5\"]]"),
            ],
            [
                ("e", "\"trade\""), ("E", "1723161255343"), ("s", "\"BTCUSDT\""), ("t", "37"), ("p", "\"61837.63\""),
                ("q", "\"0.02\""), ("T", "1723161255342"), ("m", "false"), ("M", "true"),
            ],
            [
                ("u", "50"), ("s", "\"BTCUSDT\""), ("b", "\"6.5\""), ("B", "\"3.7\""), ("a", "\"6.6\""),
                ("A", "\"1.5\""),
            ],
        ]
        let unknown: [(String, String)] = [
            ("z", "null"), ("extra", "{\"e\":\"kline\",\"b\":[[1,{}],[]]}"), ("Z", "[-1.5e-7,\"\\\"\\\\u\",true]"),
            ("é", "\"ü\""), ("", "0"),
        ]
        for plain in fields {
            let expected = Self.meaning(Self.frame(plain, wrapped: false, random: nil))
            #expect(!expected.contains("byte"))
            var varied = plain + unknown.filter { _ in Bool.random(using: &random) }
            varied.shuffle(using: &random)
            let text = Self.frame(varied, wrapped: Bool.random(using: &random), random: random)
            #expect(Self.meaning(text) == expected, "\(text)")
        }
    }

    private static func frame(_ fields: [(String, String)], wrapped: Bool, random: TestRandom?) -> String {
        var random = random
        func space() -> String {
            guard random != nil else { return "" }
            let count = Int((random?.next() ?? 0) % 4)
            return count == 3 ? "\r\n\t " : String(repeating: " ", count: count)
        }
        var text = "\(space()){"
        for (index, field) in fields.enumerated() {
            if index > 0 { text += "," }
            text += "\(space())\"\(field.0)\"\(space()):\(space())\(field.1)\(space())"
        }
        text += "}\(space())"
        guard wrapped else { return text }
        return (random?.next() ?? 0) % 2 == 0
            ? "{\"stream\":\"x\",\"data\":\(text)}" : "{\"data\":\(text),\(space())\"stream\":\"x\"}"
    }

    @Test func levelsOfAnotherShapeAreAFaultOfTheMessageOnly() {
        for levels in [
            "[[\"1\"]]", "[[]]", "[1]", "[{}]", "[[1,2]]", "[[\"0\",\"1\"]]", "[[\"1\",\"-1\"]]",
            "[[\"1\",\"2\"],null]",
        ] {
            let meaning = Self.meaning(#"{"e":"depthUpdate","b":\#(levels),"a":[["3","4"]]}"#)
            #expect(meaning.hasPrefix("depthUpdate") && !meaning.hasSuffix("] "), "\(levels): \(meaning)")
            #expect(meaning.contains("ask 300000000 400000000"))
        }
        #expect(
            Self.meaning(#"{"e":"depthUpdate","b":[["1","2",[]]],"a":[]}"#).hasSuffix("[\"bid 100000000 200000000\"] ")
        )
    }

    /// Whatever the bytes, the decoder neither traps nor reads outside them, and a good frame after a bad one is read.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func mutatedFramesNeverTrap(seed: UInt64) {
        var random = TestRandom(seed: seed)
        var decoder = BinanceDecoder()
        let interesting: [UInt8] = Array("{}[]\",:\\u0e-.tfn\0\u{7f}".utf8) + [0xFF, 0x80]
        let expected = Self.all.map { Self.meaning($0) }
        for round in 0..<1_000 {
            var bytes = Array(Self.all[round % 3].utf8)
            for _ in 0...Int.random(in: 0..<5, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] = interesting.randomElement(using: &random) ?? 0
                case 2: bytes.remove(at: place)
                default: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: place)
                }
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            // Exactly as much memory as the frame has: under AddressSanitizer a read beyond it is seen.
            let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
            _ = memory.initialize(from: bytes)
            _ = Self.meaning(UnsafeBufferPointer(memory), &decoder)
            memory.deallocate()
            if round % 100 == 0 {
                var good = Self.all[round % 3]
                let meaning = good.withUTF8 { Self.meaning($0, &decoder) }
                #expect(meaning == expected[round % 3])
            }
        }
    }
}
