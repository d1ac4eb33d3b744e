import ArgumentParser

/// `tickgate store`: looks after a data directory.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Look after a data directory: check, repair, measure, back up, restore, merge, export.",
        discussion: """
            Exit codes: 0 done; 1 it failed, and standard error says why and what to do (verify, and repair without --yes:
            something is damaged); 2 verify could not check the directory; 64 the command was misspelt.
            """,
        subcommands: [
            StoreVerifyCommand.self, StoreRepairCommand.self, StoreStatCommand.self, StoreBackupCommand.self,
            StoreRestoreCommand.self, StoreCompactCommand.self, StoreExportCommand.self,
        ]
    )
}
