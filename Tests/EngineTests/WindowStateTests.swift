import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// The states of windows as bytes.
@Suite struct WindowStateTests {
    private static let casesPerSeed: UInt64 = 60

    @Test(arguments: WindowMachineTests.seeds)
    func aWindowThatIsHandedOnGivesTheSameBits(seed: UInt64) throws {
        var handed = 0
        for number in 0..<Self.casesPerSeed {
            let seed = seed * Self.casesPerSeed + number
            let given = WindowCase(seed: seed)
            let whole = try given.run(given.machine(), .whole, seed: seed)
            let run = try given.runHandedOn(seed: seed + 3)
            handed += run?.states.count ?? 0
            #expect((whole == nil) == (run == nil), "seed \(seed)")
            guard let whole, let run else { continue }
            for (index, call) in given.calls.enumerated() where whole[index].map(bits) != run.values[index].map(bits) {
                let row = zip(whole[index], run.values[index]).prefix { bits($0) == bits($1) }.count
                Issue.record("seed \(seed), row \(row) of \(whole[index].count): \(call.call)")
            }
        }
        #expect(handed > 0, "few states were handed on")
    }

    @Test(arguments: WindowMachineTests.seeds)
    func foreignBytesAreNoState(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var refused = 0
        for number in 0..<Self.casesPerSeed {
            let given = WindowCase(seed: seed * Self.casesPerSeed + number)
            guard let states = try given.runHandedOn(seed: number)?.states, let state = states.last else { continue }
            for _ in 0..<8 {
                var bytes = state
                switch generator.int(0...2) {
                case 0: bytes.removeLast(generator.int(1...bytes.count))
                case 1: for _ in 0..<generator.int(1...4) { bytes[generator.int(0...bytes.count - 1)] = .max }
                default: bytes[generator.int(0...bytes.count - 1)] ^= UInt8(1 << generator.int(0...7))
                }
                let machine = given.machine()
                var reader = FoldStateReader(bytes)
                do {
                    try machine.decode(from: &reader)
                } catch {
                    refused += 1
                    // It begins anew.
                    #expect(machine.decidedCount == 0)
                }
            }
        }
        #expect(refused > 20)
    }

    @Test func vectorsKeepTheirForms() throws {
        let texts = Vector.symbols(["b", "a", "", "b", "é"])
        let validity = Validity([true, false, true, true, false])
        let vectors: [Vector] = [
            .int64([1, -1, .max, .min, 0]), .timestamps([1, 2, 3, 4, 5]), .float64([0, -0.0, .nan, .infinity, 1.5]),
            .decimals([1, 2, -3, .max, 0], scale: 3), texts, .strings(["", "x", "", "yz", "é"]),
            Vector(type: .boolean, form: .boolean(Buffer([1, 0, 1, 1, 0]))),
            Vector(type: .float64, form: .constant(.null, count: 5)),
            Vector(type: .symbol, form: .constant(.text("q"), count: 5)),
            Vector(type: .int64, form: .sequence(start: 7, step: -2, count: 5)),
        ]
        for vector in vectors + vectors.map({ Vector(type: $0.type, form: $0.form, validity: validity) }) {
            for range in [0..<5, 1..<4, 2..<2] {
                let part = vector.slice(range)
                var writer = FoldStateWriter()
                writer.write(part)
                var reader = FoldStateReader(writer.bytes)
                let read = try reader.readVector(count: part.count)
                #expect(reader.isAtEnd)
                #expect(read.type == part.type && "\(read.form)".prefix(6) == "\(part.form)".prefix(6))
                #expect(read.count == part.count)
                for row in 0..<part.count { #expect(bits(read.scalar(at: row)) == bits(part.scalar(at: row))) }
            }
        }
    }

    private func bits(_ value: Scalar) -> String {
        if case .float64(let number) = value { String(number.bitPattern, radix: 16) } else { "\(value)" }
    }
}
