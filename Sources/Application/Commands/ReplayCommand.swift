import ArgumentParser
import Foundation
import Ingest

/// `tickgate replay`: recorded lines into a data directory, or through a running gateway.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Replay recorded frames into a data directory, or through a running gateway.",
        discussion: """
            A recording has a line a frame: receive time in nanoseconds, a space, the raw JSON text; plain or .gz. Several
            files are one recording, in the order given. --data opens the directory itself, so no server may have it open;
            --into sends the lines to a gateway, whose subscribers see them.
            """
    )

    @Argument(help: "Recorded files.")
    var files: [String]

    @Option(help: ArgumentHelp("A data directory that no process has open.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("A running gateway, such as http://127.0.0.1:8080.", valueName: "url"))
    var into: String?

    @Option(help: ArgumentHelp("max, or a multiple of the recorded speed.", valueName: "speed"))
    var speed: ReplaySpeed = .max

    @Option(help: ArgumentHelp("Only these instruments, such as BTC-USDT,ETH-USDT.", valueName: "list"))
    var symbols: String?

    @Option(
        help: ArgumentHelp("Event loops that share the instruments (with --data); 0 is one a core.", valueName: "n")
    )
    var shards = 0

    func validate() throws {
        guard (data == nil) != (into == nil) else {
            throw ValidationError("give --data DIR or --into URL, one of them")
        }
        guard (0...64).contains(shards) else { throw ValidationError("--shards must be from 0 to 64") }
    }

    func run() async throws {
        try await CommandError.explaining {
            for file in files where !FileManager.default.isReadableFile(atPath: file) {
                throw CommandError.Failure("\(file): cannot be read")
            }
            if let data {
                try await replay(to: try OfflineReplay(directory: data, shards: shards, symbols: symbolSet))
            } else if let into {
                try await replay(to: try await RemoteReplay(base: into, symbols: symbols))
            }
        }
    }

    private var symbolSet: Set<String>? {
        symbols.map { Set($0.split(separator: ",").map { $0.uppercased() }) }
    }

    private func replay(to target: any ReplayTarget) async throws {
        let reader = RecordingReader(paths: files)
        let began = ContinuousClock.now
        do {
            if case .times(let factor) = speed {
                var pacer = ReplayPacer(factor: factor)
                while let bytes = try nextBytes(reader) { try await pacer.feed(bytes) { try await target.send($0) } }
            } else {
                while let bytes = try nextBytes(reader) { try await target.send(bytes) }
            }
        } catch {
            await target.abandon()
            throw error
        }
        let summary = try await target.finish()
        let elapsed = ContinuousClock.now - began
        print("\(summary), \(elapsed.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 3))))")
    }

    private func nextBytes(_ reader: RecordingReader) throws -> [UInt8]? {
        let bytes = try reader.next()
        return bytes.isEmpty ? nil : bytes
    }
}

/// Where replayed lines go.
protocol ReplayTarget: AnyObject {
    /// Takes the next bytes; returns when more may come.
    func send(_ bytes: [UInt8]) async throws
    /// Waits until all lines are on disk; says what they were.
    func finish() async throws -> String
    /// Gives up after an error: keeps what was taken, lets everything go.
    func abandon() async
}
