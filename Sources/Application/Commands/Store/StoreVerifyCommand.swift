import ArgumentParser
import Foundation
import Store

/// `tickgate store verify`: reads every byte of a data directory or a backup and tells what is damaged.
struct StoreVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read every byte of a data directory or a backup and tell what is damaged; change nothing.",
        discussion: "Exit codes: 0 all is well; 1 something is damaged; 2 the directory could not be checked."
    )

    @Option(help: ArgumentHelp("A data directory that no process has open, or a backup.", valueName: "dir"))
    var data: String

    func run() throws {
        let verification: StoreVerification
        do {
            try DataDirectory.check(data)
            verification = try Store.verify(directory: data)
        } catch {
            FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
            throw ExitCode(2)
        }
        print(VerificationText.lines(verification, directory: data).joined(separator: "\n"))
        guard verification.damages.isEmpty else {
            print("to go on without what is damaged: tickgate store repair --data \(data)")
            print("to go back to a backup: tickgate store restore BACKUP --data DIR")
            throw ExitCode.failure
        }
    }
}
