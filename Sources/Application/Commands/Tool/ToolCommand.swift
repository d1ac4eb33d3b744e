import ArgumentParser

/// `tickgate tool`: looks at files of MarketStore.
struct ToolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tool",
        abstract: "Look at files of MarketStore: write-ahead logs, and whole data directories. Nothing is changed.",
        subcommands: [ToolWALCommand.self, ToolIntegrityCommand.self]
    )
}
