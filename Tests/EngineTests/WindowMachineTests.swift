import Columnar
import Foundation
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("Windows")
struct WindowMachineTests {
    /// `TICKGATE_WINDOW_SEEDS=500 swift test --filter WindowMachineTests` looks further.
    static let seeds: [UInt64] = {
        let count = ProcessInfo.processInfo.environment["TICKGATE_WINDOW_SEEDS"].flatMap { UInt64($0) } ?? 10
        return Array(0..<max(count, 1))
    }()
    private static let casesPerSeed: UInt64 = 25

    @Test("are what their definition says, however rows are cut", arguments: seeds)
    func definition(seed: UInt64) throws {
        for number in 0..<Self.casesPerSeed {
            let seed = seed * Self.casesPerSeed + number
            let given = WindowCase(seed: seed)
            let machine = given.machine()
            let whole = try given.run(machine, .whole, seed: seed)
            check(whole, given, seed)
            for cut in WindowCut.allCases where cut != .whole {
                // The same machine again: nothing of the partition before is left.
                let values = try given.run(cut == .random ? machine : given.machine(), cut, seed: seed + 7)
                #expect(isSame(values, whole), "seed \(seed): \(cut) is not as whole")
            }
        }
    }

    private func check(_ values: [[Scalar]]?, _ given: WindowCase, _ seed: UInt64) {
        let oracle = given.oracle
        guard let values else {
            let fails = given.calls.contains { call in
                (0..<oracle.count).contains {
                    if case .failure = oracle.value(call.call, call.arguments, $0) { true } else { false }
                }
            }
            #expect(fails, "seed \(seed): an error that the definition does not have")
            return
        }
        for (call, values) in zip(given.calls, values) {
            #expect(values.count == oracle.count, "seed \(seed): \(call.call.function)")
            for row in 0..<min(values.count, oracle.count) {
                let expected = oracle.value(call.call, call.arguments, row)
                if !expected.allows(values[row]) {
                    Issue.record("seed \(seed), row \(row): \(call.call) gave \(values[row]), not \(expected)")
                    break
                }
            }
        }
    }

    private func isSame(_ left: [[Scalar]]?, _ right: [[Scalar]]?) -> Bool {
        guard let left, let right else { return (left == nil) == (right == nil) }
        return left.count == right.count
            && zip(left, right).allSatisfy { left, right in
                left.count == right.count && zip(left, right).allSatisfy(WindowOracle.isSame)
            }
    }
}
