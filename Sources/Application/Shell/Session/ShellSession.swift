import Foundation
import Glibc
import MarketStore

/// A shell's connection, its settings, and what it does with a statement or a command.
final class ShellSession {
    let connection: GatewayConnection
    let terminal: Terminal
    let interrupts: Interrupts
    /// Whether a person is asked before something is destroyed, and told more than what was asked for.
    let isInteractive: Bool
    var settings: ShellSettings
    private var queryCount = 0

    /// The status of a process that Ctrl-C ended, as shells have it.
    static let interruptedStatus: Int32 = 130

    /// Whether the shell is to end.
    private(set) var isEnded = false

    init(connection: GatewayConnection, terminal: Terminal, isInteractive: Bool, settings: ShellSettings) {
        self.connection = connection
        self.terminal = terminal
        self.isInteractive = isInteractive
        self.settings = settings
        // A script that waits for its next line ends; a person's shell does not.
        self.interrupts = Interrupts {
            if !isInteractive { _exit(ShellSession.interruptedStatus) }
        }
    }

    var rpc: RPCClient { RPCClient(connection: connection, interrupts: interrupts) }

    /// A name for the next query.
    func makeQueryID() -> String {
        queryCount += 1
        return connection.queryID(queryCount)
    }

    /// Carries out a statement or a command.
    func perform(_ item: StatementReader.Item) throws(ShellFailure) {
        switch item {
        case .statement(let text, _): try run(text)
        case .command(let text, _):
            let command: ShellCommand
            do {
                command = try ShellCommand(text)
            } catch {
                throw .refused(error.description)
            }
            try perform(command)
        }
    }

    /// Writes lines.
    func show(_ lines: [String]) throws(ShellFailure) {
        guard !lines.isEmpty else { return }
        try terminal.write(lines.joined(separator: "\n") + "\n")
    }

    /// Writes what is said to a person only, about what was asked for.
    func tell(_ line: String) throws(ShellFailure) {
        if isInteractive { try show([line]) }
    }

    private func perform(_ command: ShellCommand) throws(ShellFailure) {
        switch command {
        case .show(let key, let from, let through, let isCSV): try show(key, from: from, through: through, isCSV: isCSV)
        case .load(let key, let file, let control, let isAgain):
            try load(key, file: file, control: control, isAgain: isAgain)
        case .create(let key, let columns, let isVariable): try create(key, columns, isVariable: isVariable)
        case .destroy(let key): try destroy(key)
        case .info(let key): try showInfo(of: key)
        case .trim(let key, let from): try trim(key, from: from)
        case .gaps(let key, let timeframe): try showGaps(of: key, timeframe: timeframe)
        case .buckets: try showBuckets()
        case .tables: try run("SHOW TABLES")
        case .columns(let table):
            if let key = BucketKey(table) {
                try showInfo(of: key)
            } else {
                try run("SHOW COLUMNS FROM \(StatementCompleter.asName(table))")
            }
        case .symbols(let table):
            try run("SHOW SYMBOLS" + (table.map { " FROM \(StatementCompleter.asName($0))" } ?? ""))
        case .functions(let text): try showFunctions(like: text)
        case .queries: try run("SHOW QUERIES")
        case .cancel(let id): try cancel(id)
        case .watch(let seconds, let statement): try watch(statement, seconds: seconds)
        case .output(let path): try setOutput(path)
        case .timing(let wanted):
            settings.isTiming = wanted ?? !settings.isTiming
            try tell("times are \(settings.isTiming ? "told" : "not told")")
        case .expanded(let wanted):
            settings.isExpanded = wanted ?? !settings.isExpanded
            try tell("each \(settings.isExpanded ? "value" : "row") has a line of its own")
        case .rows(let count):
            settings.rowsMax = count
            try tell(count.map { "at most \($0) rows of an answer are drawn" } ?? "all rows are drawn")
        case .help(let name): try help(name)
        case .quit: isEnded = true
        }
    }

    private func help(_ name: String?) throws(ShellFailure) {
        do {
            try terminal.write(try name.map(ShellHelp.text(of:)) ?? ShellHelp.overview)
            try terminal.write("\n")
        } catch let error as ShellCommandError {
            throw .refused(error.description)
        } catch {
            throw .outputClosed
        }
    }

    private func setOutput(_ path: String?) throws(ShellFailure) {
        guard let path else {
            if let output = settings.output { try tell("\(output.path) is closed; rows are drawn here again") }
            settings.output = nil
            return
        }
        settings.output = try OutputFile(Self.expanded(path))
        try tell("rows go to \(path) as CSV, until \\o alone")
    }

    /// A path with the home directory in the place of `~`.
    static func expanded(_ path: String) -> String { NSString(string: path).expandingTildeInPath }

    private func showFunctions(like text: String?) throws(ShellFailure) {
        var statement = "SELECT name, call, summary FROM system.functions"
        if let text {
            // Nobody looks for a percent sign, which would stand for any text.
            let pattern = text.replacing("'", with: "''").replacing("%", with: "")
            statement += " WHERE name ILIKE '%\(pattern)%' OR summary ILIKE '%\(pattern)%'"
        }
        try run(statement + " ORDER BY name")
    }

    private func cancel(_ id: String) throws(ShellFailure) {
        guard try connection.cancel(id) else {
            throw .refused("no active query is called '\(id)'; \\queries shows those that are")
        }
        try show(["stopped \(id)"])
    }
}
