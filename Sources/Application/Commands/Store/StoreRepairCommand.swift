import ArgumentParser
import Columnar
import Store

/// `tickgate store repair`: makes a damaged data directory usable again.
struct StoreRepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Move what is damaged out of a data directory, so that it opens again.",
        discussion: """
            Without --yes it tells what is damaged and changes nothing. What is moved goes to `quarantine` and can be put
            back by hand. A backup loses less: try `tickgate store restore` first.
            """
    )

    @Option(help: ArgumentHelp("A data directory that no process has open.", valueName: "dir"))
    var data: String

    @Flag(help: "Do it.")
    var yes = false

    func run() throws {
        try CommandError.explaining {
            try DataDirectory.check(data)
            guard try report() == .damaged else { return }
            guard yes else {
                print("nothing was changed; to move what is damaged to quarantine and go on without it:")
                print("  tickgate store repair --data \(data) --yes")
                throw ExitCode.failure
            }
            let repair = try Store.repair(directory: data)
            for action in repair.actions { print("did: \(action)") }
            for file in repair.quarantined { print("moved away: \(file)") }
            guard try report() == .well else { throw ExitCode.failure }
        }
    }

    private enum Condition {
        case well
        case damaged
    }

    /// Verifies and prints what is damaged. A directory that cannot even be verified is damaged as a whole.
    private func report() throws(TableError) -> Condition {
        let lines: [String]
        let condition: Condition
        do throws(TableError) {
            let damages = try Store.verify(directory: data).damages
            lines = VerificationText.damages(damages)
            condition = damages.isEmpty ? .well : .damaged
        } catch {
            guard error.code == .corrupt else { throw error }
            lines = ["damaged: \(error.message)"]
            condition = .damaged
        }
        print(lines.joined(separator: "\n"))
        return condition
    }
}
