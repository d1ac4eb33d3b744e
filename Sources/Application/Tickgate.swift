import ArgumentParser

/// What an executable runs: its whole code is `await Program.run()`.
public enum Program {
    /// Runs the command that the arguments of the process name, then ends it with the command's status if it failed.
    public static func run() async { await Tickgate.main() }
}

/// The program: a command for each thing it does.
struct Tickgate: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "tickgate",
        abstract: "Market-data feature gateway: exchange feeds in; features, deltas and answers out.",
        version: version,
        subcommands: [
            ServeCommand.self, ReplayCommand.self, QueryCommand.self, ConnectCommand.self, StoreCommand.self,
            SimulateCommand.self, ImportCommand.self, ConfigCommand.self, EstimateCommand.self, ToolCommand.self,
            VersionCommand.self,
        ]
    )
}

/// `tickgate version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        print("tickgate \(Tickgate.version)")
    }
}
