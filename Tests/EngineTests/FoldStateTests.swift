import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("States from foreign bytes")
struct FoldStateTests {
    @Test("are refused or are states, and never trap", arguments: [UInt64](1...10))
    func hostileBytes(seed: UInt64) {
        let trades = FoldTrades(seed: seed, count: 50, magnitude: 90_000)
        func check<F: Fold>(_ type: F.Type, _ generator: inout SeededGenerator) {
            var fold = F()
            for row in 0..<50 { fold.update(trades.mixedArguments(row), rows: 0..<1) }
            let bytes = fold.encodeState()
            for _ in 0..<40 {
                var changed = bytes
                for _ in 0...generator.int(0...4) {
                    let hostile = generator.pick([0, 0xFF, 0x7F, 0x80, UInt8.random(in: 0...255, using: &generator)])
                    let start = generator.int(1...changed.count - 1)
                    for index in start..<min(changed.count, start + generator.pick([1, 8, 16])) {
                        changed[index] = hostile
                    }
                }
                var decoded = F()
                guard (try? decoded.decodeState(changed)) != nil else { continue }
                // Whatever it is now, it can be used.
                for row in 0..<8 { decoded.update(trades.mixedArguments(row), rows: 0..<1) }
                for output in 0..<F.outputCount { _ = try? decoded.finalize(output: output) }
                _ = decoded.encodeState()
                _ = decoded.update(
                    statistics: SliceStatistics(arguments: [nil, nil], rowCount: 1, firstTime: 0, lastTime: 0)
                )
            }
        }
        var generator = SeededGenerator(seed: seed)
        for type in FoldList.numeric { check(type, &generator) }
        for type in FoldList.windows { check(type, &generator) }
    }
}
