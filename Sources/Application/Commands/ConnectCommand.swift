import ArgumentParser
import Foundation
import Wire

/// `tickgate connect`: a shell for a running gateway.
struct ConnectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect",
        abstract: "Open a shell on a running gateway, or run a script on it.",
        discussion: """
            At a terminal, \\help tells what there is. Otherwise standard input is read: statements that end with a semicolon,
            and backslash commands, a line each; the first error ends the script with status 1, a gateway that cannot be
            reached with status 2, Ctrl-C with status 130.
            """
    )

    /// Statuses of the process.
    private enum Status {
        static let failed = ExitCode(1)
        static let unreachable = ExitCode(2)
        static let interrupted = ExitCode(ShellSession.interruptedStatus)
        /// As if SIGPIPE had ended it, which is what shells expect of a writer whose reader has gone.
        static let outputClosed = ExitCode(141)
    }

    @Argument(help: ArgumentHelp("The gateway.", valueName: "url"))
    var url = "http://127.0.0.1:8080"

    @Option(
        name: [.customShort("u"), .customLong("url")],
        help: ArgumentHelp("The gateway, as the shell of MarketStore is told it.", valueName: "url")
    )
    var gateway: String?

    @Option(
        name: .customShort("c"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Run this statement or command, and end; may be given again.", valueName: "statement")
    )
    var statements: [String] = []

    @Option(name: .shortAndLong, help: ArgumentHelp("Run the statements of this file, and end.", valueName: "file"))
    var file: String?

    @Option(help: "How rows are written.")
    var format: Format = .table

    @Flag(help: "Go on after an error; the status is 1 all the same.")
    var keepGoing = false

    @Option(
        help: ArgumentHelp(
            "The gateway's admin token, which DROP, TRUNCATE and DELETE need; the default is TICKGATE_ADMIN_TOKEN.",
            valueName: "token"
        )
    )
    var token: String?

    /// How rows are written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, expanded, csv
    }

    func validate() throws {
        if !statements.isEmpty, file != nil { throw ValidationError("give -c or --file, not both") }
    }

    func run() throws {
        let terminal = Terminal()
        let outcome: ShellScript.Outcome
        do throws(ShellFailure) {
            outcome = try run(terminal)
        } catch {
            throw report(error, terminal)
        }
        if outcome == .failed { throw Status.failed }
    }

    private func report(_ failure: ShellFailure, _ terminal: Terminal) -> ExitCode {
        switch failure {
        case .refused(let message):
            terminal.writeError(message)
            return Status.failed
        case .unreachable(let message):
            terminal.writeError(message)
            return Status.unreachable
        case .interrupted: return Status.interrupted
        case .outputClosed: return Status.outputClosed
        }
    }

    private func run(_ terminal: Terminal) throws(ShellFailure) -> ShellScript.Outcome {
        let isScript = !statements.isEmpty || file != nil || !terminal.readsTerminal
        let connection: GatewayConnection
        do {
            connection = try GatewayConnection(
                gateway ?? url,
                token: token ?? ProcessInfo.processInfo.environment["TICKGATE_ADMIN_TOKEN"]
            )
        } catch {
            throw .refused(error.message)
        }
        let state = try connection.state()
        let isEdited = !isScript && terminal.isEditable
        let settings = ShellSettings(
            isExpanded: format == .expanded,
            rowsMax: isEdited ? ShellSettings.rowsForPeople : nil,
            isCSV: format == .csv
        )
        let session = ShellSession(
            connection: connection,
            terminal: terminal,
            isInteractive: !isScript,
            settings: settings
        )
        guard isEdited else { return try runScript(session, terminal) }
        let note = state == "ready" ? "" : ", which is not ready: \(state)"
        try terminal.write(
            "Tickgate \(Tickgate.version) at \(connection.base.authority)\(note). \\help tells what there is, Tab completes.\n"
        )
        let history = HistoryFile(environment: ProcessInfo.processInfo.environment)
        try InteractiveShell(session: session, terminal: terminal, historyFile: history).run()
        return .done
    }

    private func runScript(_ session: ShellSession, _ terminal: Terminal) throws(ShellFailure) -> ShellScript.Outcome {
        let script = ShellScript(session: session, terminal: terminal, keepsGoing: keepGoing)
        guard statements.isEmpty else {
            var outcome = ShellScript.Outcome.done
            for statement in statements where !session.isEnded {
                var lines = StatementReader.lines(of: statement)[...]
                guard try script.run(name: nil, next: { lines.popFirst() }) == .failed else { continue }
                outcome = .failed
                if !keepGoing { break }
            }
            return outcome
        }
        guard let file else {
            if session.isInteractive { return try runLines(session, terminal) }
            var input = LineInput(descriptor: STDIN_FILENO, name: "standard input")
            return try script.run(name: "standard input", next: { () throws(ShellFailure) in try input.next() })
        }
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .refused("\(file): cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var input = LineInput(descriptor: descriptor, name: file)
        return try script.run(name: file, next: { () throws(ShellFailure) in try input.next() })
    }

    /// A person at a terminal that cannot be drawn on, or whose output goes elsewhere.
    private func runLines(_ session: ShellSession, _ terminal: Terminal) throws(ShellFailure) -> ShellScript.Outcome {
        let script = ShellScript(session: session, terminal: terminal, keepsGoing: true)
        var input = LineInput(descriptor: STDIN_FILENO, name: "standard input")
        _ = try script.run(name: nil) { () throws(ShellFailure) in
            if terminal.writesTerminal { try terminal.write(InteractiveShell.prompt) }
            return try input.next()
        }
        return .done
    }
}
