import Documents
import Testing

@testable import Gateway

@Suite struct MessagePackTests {
    private func random(_ depth: Int, _ generator: inout SeededGenerator) -> DocumentValue {
        switch Int.random(in: 0..<(depth > 3 ? 5 : 7), using: &generator) {
        case 0: .null
        case 1: .boolean(.random(using: &generator))
        case 2:
            .integer(Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0..<64, using: &generator))
        case 3: .number(.random(in: -1e9...1e9, using: &generator))
        case 4: .string(String(repeating: "é", count: [0, 3, 20, 200, 40_000].randomElement(using: &generator)!))
        case 5: .array((0..<Int.random(in: 0..<20, using: &generator)).map { _ in random(depth + 1, &generator) })
        default:
            .object(
                (0..<Int.random(in: 0..<6, using: &generator)).map {
                    .init(key: "k\($0)", value: random(depth + 1, &generator))
                }
            )
        }
    }

    private func write(_ value: DocumentValue, to document: inout any DocumentWriter) {
        switch value {
        case .null: document.null()
        case .boolean(let flag): document.value(flag)
        case .integer(let number): document.value(number)
        case .number(let number): document.value(Optional(number))
        case .string(let text): document.value(text)
        case .binary, .timestamp: Issue.record("JSON has no such value")
        case .array(let values):
            document.beginArray()
            for value in values { write(value, to: &document) }
            document.endArray()
        case .object(let members):
            document.beginObject()
            for member in members {
                document.key(text: member.key)
                write(member.value, to: &document)
            }
            document.endObject()
        }
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func whatIsWrittenIsReadAgain(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let value = random(0, &generator)
        var document: any DocumentWriter = MessagePackBuffer()
        write(value, to: &document)
        #expect(try MessagePackReader.value(of: document.bytes) == value)
    }

    @Test(
        arguments: [
            (Int64(0), [0x00]), (127, [0x7F]), (-1, [0xFF]), (-32, [0xE0]), (-33, [0xD0, 0xDF]), (128, [0xCC, 0x80]),
            (256, [0xCD, 1, 0]), (65_536, [0xCE, 0, 1, 0, 0]), (-129, [0xD1, 0xFF, 0x7F]),
            (1 << 40, [0xCF, 0, 0, 1, 0, 0, 0, 0, 0]),
        ] as [(Int64, [UInt8])]
    )
    func integersTakeTheirShortestForm(value: Int64, bytes: [UInt8]) {
        var buffer = MessagePackBuffer()
        buffer.pack(value)
        #expect(buffer.bytes == bytes)
    }
}
