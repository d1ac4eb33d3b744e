import Glibc

/// The last 50 values, as many as the longest cycle has rows; 0 before the first.
struct CycleWindow: StatePart {
    /// The most rows of a cycle.
    static let rowsMax = 50

    /// Each value is there twice, so that those of a cycle always lie one after the other.
    private var memory = StateMemory(repeating: 0, count: 2 * CycleWindow.rowsMax)
    private var newest = CycleWindow.rowsMax

    init() {}

    @inline(__always)
    mutating func push(_ value: Double) {
        newest = newest == 2 * Self.rowsMax &- 1 ? Self.rowsMax : newest &+ 1
        memory[newest] = value
        memory[newest &- Self.rowsMax] = value
    }

    /// The value of some rows ago, at most 49.
    @inline(__always)
    func back(_ distance: Int) -> Double { memory[newest &- distance] }

    /// The whole number of rows of a cycle, at most 50.
    @inline(__always)
    static func rows(of period: Double) -> Int {
        let rounded = period + 0.5
        return rounded >= 0 && rounded < 51 ? min(Int(rounded), rowsMax) : 0
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        visitor.visit(&newest, upTo: 2 * Self.rowsMax - 1)
        if newest < Self.rowsMax {
            newest = Self.rowsMax
            visitor.fail()
        }
        visitor.visit(&memory, count: 2 * Self.rowsMax)
    }
}

/// Sine and cosine over one cycle, for each number of rows that a cycle can have.
final class CycleWaves: Sendable {
    /// One for all: 40 KiB.
    static let shared = CycleWaves()

    private let sines = StateMemory(repeating: 0, count: (CycleWindow.rowsMax + 1) * CycleWindow.rowsMax)
    private let cosines = StateMemory(repeating: 0, count: (CycleWindow.rowsMax + 1) * CycleWindow.rowsMax)

    private init() {
        for rows in 1...CycleWindow.rowsMax {
            for distance in 0..<rows {
                let angle = Double(distance) * (2 * .pi) / Double(rows)
                sines[rows * CycleWindow.rowsMax + distance] = sin(angle)
                cosines[rows * CycleWindow.rowsMax + distance] = cos(angle)
            }
        }
    }

    /// The waves of a cycle of some rows, at most 50; row by row, as many as it has.
    @inline(__always)
    func of(_ rows: Int) -> (sines: UnsafePointer<Double>, cosines: UnsafePointer<Double>) {
        let first = rows &* CycleWindow.rowsMax
        return (UnsafePointer(sines.base + first), UnsafePointer(cosines.base + first))
    }
}
