import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("Answers as Arrow streams")
struct OutputArrowTests {
    private static let columns = [
        ResultColumn(name: "time", type: .timestamp), ResultColumn(name: "symbol", type: .symbol),
        ResultColumn(name: "n", type: .int64), ResultColumn(name: "x", type: .float64),
        ResultColumn(name: "tëxt", type: .string), ResultColumn(name: "b", type: .boolean),
        ResultColumn(name: "side", type: .symbol),
    ]

    private static func rows(count: Int, nulls: Int, symbols: Int, _ generator: inout SeededGenerator) -> [[Scalar]] {
        (0..<count).map { _ in
            let row: [Scalar] = [
                .timestamp(Int64(bitPattern: generator.next())), .text("S\(generator.int(0...(symbols - 1)))"),
                .int64(Int64(bitPattern: generator.next()) >> Int64(generator.int(0...63))),
                .float64(Double(generator.int(-1_000_000...1_000_000)) / 100),
                .text(String(repeating: "é", count: generator.int(0...5))), .boolean(generator.int(0...1) == 1),
                .text(generator.int(0...1) == 1 ? "buy" : "sell"),
            ]
            return row.map { generator.int(1...100) <= nulls ? .null : $0 }
        }
    }

    private func stream(
        _ rows: [[Scalar]],
        sizes: [Int],
        forms: MemoryForms = .mixed,
        columns: [ResultColumn] = Self.columns,
        ends: Bool = true
    ) -> [UInt8] {
        var writer = ResultWriter(format: .arrow, columns: columns)
        var bytes: [UInt8] = []
        writer.begin(into: &bytes)
        var start = 0
        for size in sizes {
            let part = rows[start..<start + size]
            start += size
            let vectors = columns.indices.map { index in
                MemoryVectors.vector(part.map { $0[index] }, columns[index].type, forms: forms)
            }
            writer.write(RecordBatch(columns: vectors, rowCount: size), into: &bytes)
        }
        if ends {
            writer.end(QueryStatistics(), into: &bytes)
        } else {
            writer.fail(QueryError(.timeout, "too slow"), into: &bytes)
        }
        return bytes
    }

    /// Sizes of batches that add up to a count.
    private func sizes(_ count: Int, upTo max: Int, _ generator: inout SeededGenerator) -> [Int] {
        var sizes: [Int] = []
        var left = count
        while left > 0 {
            sizes.append(min(left, generator.int(1...max)))
            left -= sizes[sizes.count - 1]
        }
        return sizes
    }

    @Test("read back as what was written", arguments: [UInt64](1...12), MemoryForms.allCases)
    func readBack(seed: UInt64, forms: MemoryForms) throws {
        var generator = SeededGenerator(seed: seed)
        let rows = Self.rows(count: generator.int(0...400), nulls: generator.int(0...3) * 33, symbols: 40, &generator)
        let stream = stream(rows, sizes: sizes(rows.count, upTo: 90, &generator), forms: forms)
        let reader = try ArrowStreamReader(stream)
        #expect(reader.fields.map(\.name) == Self.columns.map(\.name))
        #expect(reader.fields.map(\.type) == Self.columns.map(\.type))
        #expect(reader.rows == rows, "seed \(seed)")
        #expect(reader.messages.last == .end)
    }

    @Test("keep every bit of a double, and nothing of what stands where there is no value")
    func bits() throws {
        let values: [Double] = [
            .nan, -.nan, .infinity, -.infinity, -0.0, 0, .leastNonzeroMagnitude, 1.7976931348623157e308, 1e-7,
            0.1 + 0.2,
        ]
        let columns = [ResultColumn(name: "x", type: .float64)]
        let vector = Vector(
            type: .float64,
            form: .float64(Buffer(values + [.pi])),
            validity: Validity(values.map { _ in true } + [false])
        )
        var writer = ResultWriter(format: .arrow, columns: columns)
        var bytes: [UInt8] = []
        writer.begin(into: &bytes)
        writer.write(RecordBatch(columns: [vector], rowCount: vector.count), into: &bytes)
        writer.end(QueryStatistics(), into: &bytes)
        let read = try ArrowStreamReader(bytes).rows.map { $0[0] }
        for (value, expected) in zip(read, values) {
            guard case .float64(let double) = value else { Issue.record("\(value)"); continue }
            #expect(double.bitPattern == expected.bitPattern)
        }
        #expect(read.last == .null)
    }

    @Test("hold decimals as their nearest doubles", arguments: [0, 2, 8, 22])
    func decimals(scale: Int) throws {
        let mantissas: [Int64] = [.min, -1, 0, 1, 6_183_763, 1 << 53, (1 << 53) + 1, .max]
        var writer = ResultWriter(format: .arrow, columns: [ResultColumn(name: "x", type: .float64)])
        var bytes: [UInt8] = []
        writer.begin(into: &bytes)
        let vector = Vector.decimals(mantissas, scale: scale)
        writer.write(RecordBatch(columns: [vector], rowCount: vector.count), into: &bytes)
        writer.end(QueryStatistics(), into: &bytes)
        let expected = mantissas.map { [Scalar.float64(ScaledInteger.double($0, scale: scale))] }
        #expect(try ArrowStreamReader(bytes).rows == expected)
    }

    @Test(
        "are the same bytes whatever forms the vectors had, and however the batches were cut",
        arguments: [UInt64](1...6)
    )
    func bytesDependOnRowsAlone(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let rows = Self.rows(count: 300, nulls: 30, symbols: 5, &generator)
        let plain = stream(rows, sizes: [300], forms: .plain)
        #expect(stream(rows, sizes: sizes(300, upTo: 40, &generator), forms: .mixed) == plain)
        #expect(stream(rows, sizes: [1] + sizes(299, upTo: 3, &generator), forms: .decimals) == plain)
    }

    @Test("of no rows are a schema and an end")
    func empty() throws {
        let reader = try ArrowStreamReader(stream([], sizes: []))
        #expect(reader.messages == [.schema, .end])
        #expect(reader.fields.count == Self.columns.count)
    }

    @Test("that failed have no end")
    func failure() throws {
        var generator = SeededGenerator(seed: 1)
        let rows = Self.rows(count: 10_000, nulls: 10, symbols: 5, &generator)
        let reader = try ArrowStreamReader(stream(rows, sizes: [9_000, 1_000], ends: false))
        #expect(reader.messages.last == .batch(rowCount: 9_000))
    }

    @Test("collect small batches, and do not wait for ever")
    func batches() throws {
        var generator = SeededGenerator(seed: 2)
        let rows = Self.rows(count: 20_000, nulls: 0, symbols: 20, &generator)
        let reader = try ArrowStreamReader(stream(rows, sizes: Array(repeating: 100, count: 200)))
        let batches = reader.messages.filter { if case .batch = $0 { true } else { false } }
        #expect(batches == [.batch(rowCount: 8_200), .batch(rowCount: 8_200), .batch(rowCount: 3_600)])
        #expect(reader.rows == rows)
        let columns = [ResultColumn(name: "t", type: .string)]
        let long = (0..<40).map { [Scalar.text(String(repeating: "x", count: 250_000 + $0))] }
        let texts = try ArrowStreamReader(stream(long, sizes: Array(repeating: 1, count: 40), columns: columns))
        #expect(texts.rows == long)
        #expect(texts.messages == [.schema, .batch(rowCount: 17), .batch(rowCount: 17), .batch(rowCount: 6), .end])
    }

    @Test("cut batches whose texts are very long", arguments: [1, 5, 64, 1_000])
    func longTexts(textBytesMax: Int) throws {
        let columns = [ResultColumn(name: "t", type: .string)]
        let writer = ArrowResultWriter(columns, textBytesMax: textBytesMax)
        let texts = (0..<50).map { String(repeating: "y", count: $0) }
        var bytes: [UInt8] = []
        writer.begin(into: &bytes)
        writer.write(RecordBatch(columns: [.strings(texts)], rowCount: texts.count), into: &bytes)
        writer.end(into: &bytes)
        #expect(try ArrowStreamReader(bytes).rows == texts.map { [.text($0)] })
    }

    @Test("send a dictionary once if it holds all symbols")
    func stableDictionary() throws {
        var generator = SeededGenerator(seed: 3)
        let rows = Self.rows(count: 30_000, nulls: 5, symbols: 10, &generator)
        let reader = try ArrowStreamReader(stream(rows, sizes: Array(repeating: 3_000, count: 10)))
        let dictionaries = reader.messages.filter { if case .dictionary = $0 { true } else { false } }
        #expect(dictionaries == [.dictionary(id: 0, count: 10), .dictionary(id: 1, count: 2)])
        #expect(reader.rows == rows)
    }

    @Test("send dictionaries that are never larger than their batches need", arguments: [300, 20_000, 1_000_000])
    func growingDictionary(symbols: Int) throws {
        var generator = SeededGenerator(seed: 4)
        let rows = Self.rows(count: 40_000, nulls: 0, symbols: symbols, &generator)
        let reader = try ArrowStreamReader(stream(rows, sizes: Array(repeating: 4_000, count: 10)))
        #expect(reader.rows == rows)
        for case .dictionary(_, let count) in reader.messages { #expect(count <= 2 * 12_000) }
    }

    @Test("have a dictionary even for symbols that are all null")
    func nullSymbols() throws {
        let columns = [ResultColumn(name: "s", type: .symbol)]
        let rows = [[Scalar.null], [.null]]
        let reader = try ArrowStreamReader(stream(rows, sizes: [2], forms: .plain, columns: columns))
        #expect(reader.rows == rows)
        #expect(reader.messages == [.schema, .dictionary(id: 0, count: 0), .batch(rowCount: 2), .end])
    }
}
