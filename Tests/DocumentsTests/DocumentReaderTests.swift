import Documents
import TestSupport
import Testing

@Suite("Readers of documents")
struct DocumentReaderTests {
    @Test("take JSON whole, and nothing else")
    func documents() throws {
        func value(_ text: String) -> DocumentValue? { try? JSONReader.value(of: Array(text.utf8)) }
        #expect(
            value(#" {"a" : [1, -2.5e3, true, false, null, "\u00e9\ud83d\ude00\n\/"]} "#)
                == .object([
                    .init(
                        key: "a",
                        value: .array([
                            .integer(1), .number(-2_500), .boolean(true), .boolean(false), .null, .string("é😀\n/"),
                        ])
                    )
                ])
        )
        #expect(value("9223372036854775808") == .number(9_223_372_036_854_775_808))
        for text in [
            "", "{", "[1,]", "{\"a\"}", "nul", "+1", ".5", "--1", "1 2", "\"\\x\"", "\"\\ud800\"", "\"\u{1}\"", "1e999",
            "01", "-", "1.", "1e", "1e+", "[1", "\"\\ud83d\\u0041\"", "\"\\u12g4\"",
        ] {
            #expect(value(text) == nil, "\(text)")
        }
        #expect(value(String(repeating: "[", count: 100_000)) == nil)
        #expect((try? JSONReader.value(of: [0x22, 0xFF, 0x22])) == nil)
    }

    @Test("take MessagePack of every width, and never more than is there")
    func messagePack() throws {
        func value(_ bytes: [UInt8]) -> DocumentValue? { try? MessagePackReader.value(of: bytes) }
        for (bytes, number): ([UInt8], Int64) in [
            ([0x7F], 127), ([0xE0], -32), ([0xCC, 0xFF], 255), ([0xCD, 1, 0], 256), ([0xCE, 0, 0, 0, 1], 1),
            ([0xCF, 0, 0, 0, 0, 0, 0, 0, 9], 9), ([0xD0, 0x80], -128), ([0xD1, 0xFF, 0xFE], -2),
            ([0xD2, 0xFF, 0xFF, 0xFF, 0xFD], -3), ([0xD3] + [UInt8](repeating: 0xFF, count: 8), -1),
        ] { #expect(value(bytes) == .integer(number)) }
        #expect(value([0xA1, 0x61]) == .string("a"))
        #expect(value([0xD9, 1, 0x61]) == .string("a"))
        #expect(value([0xA1, 0xFF]) == .binary([0xFF]))
        #expect(value([0xC4, 2, 1, 2]) == .binary([1, 2]))
        #expect(value([0xDD, 0, 0, 0, 1, 0xC0]) == .array([.null]))
        for bytes: [UInt8] in [
            [], [0xC1], [0xC7, 0, 0], [0xDF, 0xFF, 0xFF, 0xFF, 0xFF], [0xDD, 0x7F, 0xFF, 0xFF, 0xFF, 0xC0],
            [0xC6, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x81, 0xC0, 0xC0], [0x92, 0xC0], [0xC0, 0xC0], [0xA2, 0x61], [UInt8](repeating: 0x91, count: 1_000),
        ] { #expect(value(bytes) == nil) }
    }

    @Test("say where a text is no JSON, and what was expected")
    func messages() {
        func error(_ text: String) -> DocumentError? {
            do throws(DocumentError) {
                _ = try JSONReader.value(of: Array(text.utf8))
                return nil
            } catch {
                return error
            }
        }
        #expect(error("{\"a\" 1}") == DocumentError(offset: 5, message: "expected ':'", isIncomplete: false))
        #expect(error("[1 2]") == DocumentError(offset: 3, message: "expected ',' or ']'", isIncomplete: false))
        #expect(error("[1,")?.isIncomplete == true)
        #expect(error("\"\u{7}\"")?.message == "control characters must be escaped")
    }

    @Test("take the last of members with one name")
    func twice() throws {
        let value = try JSONReader.value(of: Array(#"{"a":1,"b":2,"a":3}"#.utf8))
        #expect(value["a"] == .integer(3) && value["c"] == nil && value["a"]?["a"] == nil)
        #expect(value.members?.count == 3)
    }

    @Test("take no more values, and none deeper, than they may")
    func limits() throws {
        let few = DocumentLimits(depthMax: 3, valuesMax: 4)
        let packed: [UInt8] = [0x93, 1, 2, 3]
        #expect(try MessagePackReader.value(of: packed, limits: few).array?.count == 3)
        #expect(throws: DocumentError.self) { try MessagePackReader.value(of: [0x94, 1, 2, 3, 4], limits: few) }
        #expect(throws: DocumentError.self) { try MessagePackReader.value(of: [0x91, 0x91, 0x91, 1], limits: few) }
        #expect(try JSONReader.value(of: Array("[1,2,3]".utf8), limits: few).array?.count == 3)
        #expect(throws: DocumentError.self) { try JSONReader.value(of: Array("[1,2,3,4]".utf8), limits: few) }
        #expect(throws: DocumentError.self) { try JSONReader.value(of: Array("[[[1]]]".utf8), limits: few) }
    }

    @Test("take timestamps in their three forms, and no other extension type")
    func timestamps() throws {
        func value(_ bytes: [UInt8]) -> DocumentValue? { try? MessagePackReader.value(of: bytes) }
        #expect(value([0xD6, 0xFF, 0, 0, 0, 2]) == .timestamp(2_000_000_000))
        #expect(value([0xD7, 0xFF, 0, 0, 0, 4, 0, 0, 0, 2]) == .timestamp(2_000_000_001))
        let negative = [UInt8](repeating: 0xFF, count: 8)
        #expect(value([0xC7, 12, 0xFF, 0, 0, 0, 5] + negative) == .timestamp(-999_999_995))
        #expect(value([0xC7, 12, 0xFF, 0, 0, 0, 5, 0x7F] + negative.dropLast()) == nil)
        #expect(value([0xD6, 0x01, 0, 0, 0, 2]) == nil && value([0xD4, 0xFF, 0]) == nil)
    }

    @Test("take values one after the other, of which the last may be there in part")
    func parts() throws {
        let bytes: [UInt8] = [0x92, 0xA2, 0x61, 0x62, 0xC0, 0xCD, 1]
        var reader = MessagePackReader(bytes)
        #expect(try reader.arrayCount() == 2)
        #expect(try reader.arrayCount() == nil)
        #expect(try reader.value() == .string("ab"))
        #expect(try reader.value() == .null && reader.index == 5)
        let error = #expect(throws: DocumentError.self) { try reader.value() }
        #expect(error?.isIncomplete == true)
    }

    @Test("take any bytes for a document or an error", arguments: 0..<200 as Range<UInt64>)
    func anyBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            for isJSON in [false, true] {
                do throws(DocumentError) {
                    _ = isJSON ? try JSONReader.value(of: bytes) : try MessagePackReader.value(of: bytes)
                } catch {
                    #expect(error.offset <= bytes.count)
                }
            }
        }
    }
}
