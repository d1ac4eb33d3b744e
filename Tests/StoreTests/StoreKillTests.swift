import Foundation
import Store
import StoreSupport
import Testing

/// A process that writes is killed, again and again, on one directory of the real disk.
@Suite struct StoreKillTests {
    private static let rounds = 1...20 as ClosedRange<UInt64>

    @Test func aKilledProcessLosesNothingThatWasAcknowledged() throws {
        let directory = TemporaryDirectory()
        var generator = SeededGenerator(seed: 7)
        var acknowledged: Set<KillCheck.BatchID> = []
        for round in Self.rounds {
            // Early kills fall into the opening and its recovery, late ones into flushes and merges.
            let count = Int.random(in: 0...([3, 50, 400].randomElement(using: &generator) ?? 0), using: &generator)
            acknowledged.formUnion(try Self.kill(directory, seed: round, after: count))
            // Not every time: the next process has to cope with what this one left, too.
            if round % 2 == 0 || round == Self.rounds.upperBound {
                let store = try Store.open(directory: directory.path)
                try KillCheck.run(store.snapshot(), acknowledged: acknowledged)
                store.close(flush: round % 4 == 0)
            }
        }
        #expect(acknowledged.count > 100)
    }

    /// Runs a writer until it has acknowledged so many batches, and kills it. Returns all that it acknowledged.
    private static func kill(
        _ directory: TemporaryDirectory,
        seed: UInt64,
        after count: Int
    ) throws -> [KillCheck.BatchID] {
        let process = Process()
        process.executableURL = try writer()
        process.arguments = [directory.path, "\(seed)"]
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        var lines = LineReader(output.fileHandleForReading)
        var acknowledged: [KillCheck.BatchID] = []
        while acknowledged.count < count, let line = lines.next() {
            acknowledged.append(try #require(KillCheck.BatchID(line: line)))
        }
        Foundation.kill(process.processIdentifier, SIGKILL)
        // What it had said before it died counts too.
        while let line = lines.next() { acknowledged.append(try #require(KillCheck.BatchID(line: line))) }
        process.waitUntilExit()
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(complaint.isEmpty)
        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
        return acknowledged
    }

    /// The program lies beside the test bundle.
    private static func writer() throws -> URL {
        let folders = CommandLine.arguments.prefix(1) + [Bundle.main.bundlePath, Bundle.main.executablePath ?? ""]
        for folder in folders {
            var url = URL(fileURLWithPath: folder).resolvingSymlinksInPath()
            while url.path != "/" {
                let program = url.appendingPathComponent("store-writer")
                if FileManager.default.isExecutableFile(atPath: program.path) { return program }
                url.deleteLastPathComponent()
            }
        }
        throw CocoaError(.fileNoSuchFile)
    }
}

/// Lines of a pipe, as they come; nil at its end. Half a line at the end is none.
private struct LineReader {
    private let handle: FileHandle
    private var rest: [UInt8] = []

    init(_ handle: FileHandle) { self.handle = handle }

    mutating func next() -> String? {
        while true {
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: rest[..<end], as: UTF8.self)
                rest.removeSubrange(...end)
                return line
            }
            let more = handle.availableData
            if more.isEmpty { return nil }
            rest += more
        }
    }
}
