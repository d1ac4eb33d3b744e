import ArgumentParser
import Foundation
import Store

/// `tickgate store restore`: a data directory out of a backup.
struct StoreRestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a data directory out of a backup, after checking the backup.",
        discussion: """
            The data directory must be empty or absent: move a damaged one away first. A backup holds no admin token; the
            next start makes a new one.
            """
    )

    @Argument(help: "The directory of the backup.")
    var backup: String

    @Option(help: ArgumentHelp("The data directory to make; empty or absent.", valueName: "dir"))
    var data: String

    func run() throws {
        try CommandError.explaining {
            try DataDirectory.check(backup)
            let contents = (try? FileManager.default.contentsOfDirectory(atPath: data)) ?? []
            guard contents.isEmpty else {
                throw CommandError.Failure("\(data) is not empty; move it away, or choose another --data")
            }
            try Store.restore(backup: backup, to: data)
            print("restored \(backup) to \(data)\nto start: tickgate serve --data \(data)")
        }
    }
}
