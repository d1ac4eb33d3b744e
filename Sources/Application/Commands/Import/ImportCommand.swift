import ArgumentParser

/// `tickgate import`: brings in what other programs have.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring rows into buckets: a data directory of MarketStore, or a CSV file.",
        discussion: """
            Exit codes: 0 every row is stored; 1 something is damaged, was refused or is missing, and a line on standard \
            error says what; 64 the command was misspelt.
            """,
        subcommands: [ImportMarketStoreCommand.self, ImportCSVCommand.self]
    )
}
