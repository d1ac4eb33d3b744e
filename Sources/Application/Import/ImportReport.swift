import Foundation
import Synchronization

/// Tells people how an import goes: a bar on a terminal, a line every ten seconds elsewhere, and every problem as a line.
///
/// Owned and used by one thread.
final class ImportReport {
    /// How often a terminal's bar is drawn anew, and a line is written elsewhere, in seconds.
    private static let intervals = (terminal: 0.2, file: 10.0)
    private static let barWidth = 24

    /// Number of files.
    var total = 0
    /// Number of problems so far.
    private(set) var problems = 0
    /// Rows so far.
    private(set) var rows = 0

    private let isTerminal: Bool
    private let isQuiet: Bool
    private let write: (String) -> Void
    private let began = ContinuousClock.now
    private var shown: ContinuousClock.Instant?
    private var done = 0
    private var name = ""
    private var part = 0.0
    private var hasBar = false

    /// Reports to standard error.
    convenience init() {
        self.init(isTerminal: isatty(STDERR_FILENO) == 1) { FileHandle.standardError.write(Data($0.utf8)) }
    }

    /// Reports to a function that takes text.
    init(isTerminal: Bool, isQuiet: Bool = false, write: @escaping (String) -> Void) {
        self.isTerminal = isTerminal
        self.isQuiet = isQuiet
        self.write = write
    }

    /// Something to know.
    func note(_ text: String) { line("note: \(text)") }

    /// Something is wrong; the rest goes on.
    func problem(_ text: String) {
        problems += 1
        line("problem: \(text)")
    }

    /// A file begins.
    func begin(_ name: String) {
        self.name = name
        done += 1
        part = 0
        show()
    }

    /// A part of the file is done, 0 to 1.
    func progress(_ part: Double) {
        self.part = min(1, max(0, part))
        show()
    }

    /// Rows were read.
    func add(_ count: Int) {
        rows += count
        show()
    }

    /// The counting begins.
    func beginVerification(buckets: Int) {
        (total, done, part, name) = (buckets, 1, 0, "counting what is stored")
        show()
    }

    /// A bucket was counted.
    func verified() {
        done = min(total, done + 1)
        show()
    }

    /// Nothing follows.
    func end() { clear() }

    private func line(_ text: String) {
        clear()
        write(text + "\n")
    }

    private func clear() {
        if hasBar { write("\r\u{1B}[K") }
        hasBar = false
    }

    private func show() {
        let now = ContinuousClock.now
        let interval = isTerminal ? Self.intervals.terminal : Self.intervals.file
        guard !isQuiet, shown.map({ now - $0 >= .seconds(interval) }) ?? isTerminal else {
            if shown == nil { shown = now }
            return
        }
        shown = now
        let fraction = total > 0 ? (Double(done - 1) + part) / Double(total) : 0
        let elapsed = now - began
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let speed = seconds > 0 ? Int(Double(rows) / seconds) : 0
        let text = "\(Int(fraction * 100))%  file \(done) of \(total)  \(rows) rows, \(speed) a second  \(name)"
        guard isTerminal else {
            write(text + "\n")
            return
        }
        let filled = Int(fraction * Double(Self.barWidth))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.barWidth - filled)
        write("\r\u{1B}[K[\(bar)] \(text)")
        hasBar = true
    }
}
