import ArgumentParser

/// The program: a command for each thing it does.
@main
struct Tickgate: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "tickgate",
        abstract: "Market-data feature gateway: exchange feeds in; features, deltas and answers out.",
        version: version,
        subcommands: [
            ServeCommand.self, ReplayCommand.self, QueryCommand.self, StoreCommand.self, SimulateCommand.self,
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
