import ArgumentParser
import Columnar
import MarketStore

/// `tickgate tool wal`: what a replay of a write-ahead log of MarketStore would do.
struct ToolWALCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wal",
        abstract: "List the transactions of a write-ahead log of MarketStore, and which of them have no checkpoint.",
        discussion: "Exit codes: 0 the log is sound; 1 it is damaged, or cannot be read."
    )

    @Option(name: .shortAndLong, help: ArgumentHelp("The log, WALFile.….walfile.", valueName: "path"))
    var file: String

    @Flag(help: "Only the transactions, not the writes in them.")
    var brief = false

    func run() throws {
        let file = try SparseFile(file)
        var listing = WALListing(showsWrites: !brief)
        var reader = WALFileReader(file)
        while let (offset, message) = try reader.next(damage: { listing.damage($0) }) {
            listing.add(message, at: offset).forEach { print($0) }
        }
        listing.summary(tornBytes: reader.tornBytes).forEach { print($0) }
        if listing.damages > 0 { throw ExitCode.failure }
    }
}

/// The lines about the messages of a log.
struct WALListing {
    private let showsWrites: Bool
    private(set) var damages = 0
    private var pending: [Int64: Int] = [:]
    private var transactions = 0
    private var isReplayed = false
    private var damageLines: [String] = []

    init(showsWrites: Bool) { self.showsWrites = showsWrites }

    mutating func damage(_ damage: FileDamage) {
        damages += 1
        damageLines.append("damaged: \(damage)")
    }

    /// The lines about a message.
    mutating func add(_ message: WALMessage, at offset: Int64) -> [String] {
        switch message {
        case .status(let file, let replay, let instance):
            isReplayed = replay == 2
            return ["\(offset): \(Self.file(file)), \(Self.replay(replay)), instance \(instance)"]
        case .progress(let id, let isCheckpoint, let state):
            if isCheckpoint, state == WALMessage.complete { pending = pending.filter { $0.key > id } }
            let place = isCheckpoint ? "checkpoint" : "log"
            return ["\(offset): transaction \(id): \(place) \(Self.state(state))"]
        case .transaction(let transaction):
            transactions += 1
            pending[transaction.id] = transaction.writes.count
            let head = "\(offset): transaction \(transaction.id): \(transaction.writes.count) writes, checksum right"
            return [head] + (showsWrites ? transaction.writes.map(Self.line) : [])
        }
    }

    /// The last lines.
    func summary(tornBytes: Int64) -> [String] {
        var lines = damageLines
        if tornBytes > 0 {
            lines.append("\(tornBytes) bytes at the end are no whole message: a write that was cut short")
        }
        let writes = pending.values.reduce(0, +)
        lines.append(
            isReplayed
                ? "\(transactions) transactions; the log was replayed: nothing is pending"
                : "\(transactions) transactions; \(pending.count) without a checkpoint, with \(writes) writes"
        )
        return lines
    }

    private static func line(_ write: WALTransaction.Write) -> String {
        let columns = write.columns.map { "\($0.name) \($0.type.rawValue)" }.joined(separator: ", ")
        let rows = write.isVariable && write.rowBytes > 0 ? write.data.count / write.rowBytes : 1
        let kind = write.isVariable ? "variable, \(rows) rows" : "fixed"
        return
            "    \(write.path) slot \(write.index) at \(write.slotOffset): \(kind), \(write.data.count) bytes, (\(columns))"
    }

    private static func file(_ state: UInt8) -> String {
        switch state {
        case 1: "open"
        case 2: "closed"
        default: "file state \(state)"
        }
    }

    private static func replay(_ state: UInt8) -> String {
        switch state {
        case 1: "not replayed"
        case 2: "replayed"
        case 3: "replay in process"
        default: "replay state \(state)"
        }
    }

    private static func state(_ state: UInt8) -> String {
        switch state {
        case 0: "preparing"
        case 1: "intended"
        default: "complete"
        }
    }
}
