import Columnar
import TestSupport
import Testing

@testable import MarketStore

/// From rows as they come to those of the symbols, one after the other.
@Suite("The order of an answer's rows") struct AnswerOrderTests {
    /// The numbers of rows by symbol, of symbols as they come; some rows are of none.
    private func symbols(_ random: inout SeededGenerator, _ count: Int) -> [Int] {
        var symbols: [Int] = []
        let runMax = random.pick([1, 3, 40])
        while symbols.count < 120, !random.oneIn(30) {
            let symbol = random.int(-1...count - 1)
            symbols += [Int](repeating: symbol, count: random.int(1...runMax))
        }
        return random.oneIn(3) ? symbols.sorted() : symbols
    }

    @Test("is that of the symbols, and of time within one", arguments: [UInt64](1...60))
    func isThatOfSymbols(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<30 {
            let count = random.int(1...6)
            let symbols = symbols(&random, count)
            var runs: [SymbolRun] = []
            for (row, symbol) in symbols.enumerated() {
                if let last = runs.last, last.symbol == symbol, random.oneIn(2) {
                    runs[runs.count - 1].rows = last.rows.lowerBound..<row + 1
                } else {
                    runs.append(SymbolRun(symbol: symbol, rows: row..<row + 1))
                }
            }
            var order = SymbolOrder(runs, count: count)
            var expected = (0..<count).map { symbol in symbols.indices.filter { symbols[$0] == symbol } }
            if random.oneIn(2) {
                let (limit, isFromStart) = (random.int(1...9), random.oneIn(2))
                order.limit(limit, isFromStart: isFromStart)
                expected = expected.map { Array(isFromStart ? $0.prefix(limit) : $0.suffix(limit)) }
            }
            #expect((0..<count).map(order.rowCount) == expected.map(\.count))
            let bytes = symbols.indices.map { UInt8($0) }
            let column = Dataset.Column(name: "x", type: WireType.uint8.rawValue, bytes: bytes)
            let empty: [[UInt8]]? = random.oneIn(2) ? [[255]] : nil
            let found = order.columns([column], rowCount: symbols.count, empty: empty)
            let rows = expected.flatMap { $0.isEmpty ? empty?[0] ?? [] : $0.map { UInt8($0) } }
            #expect(found.map(\.bytes) == [rows])
        }
    }

    @Test("keeps every byte of columns that are collected in blocks", arguments: [UInt64](1...10))
    func blocksKeepBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var (blocks, expected): (WireBytes, [UInt8]) = (WireBytes(), [])
        #expect(blocks.array.isEmpty)
        for _ in 0..<random.int(1...60) {
            let count = random.pick([0, 1, 8, 700, 9_000, 140_000])
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 ^ expected.count) }
            blocks.append(count: bytes.count) { $0.copyMemory(from: bytes, byteCount: bytes.count) }
            expected += bytes
            #expect(blocks.count == expected.count)
        }
        #expect(blocks.array == expected)
    }
}
