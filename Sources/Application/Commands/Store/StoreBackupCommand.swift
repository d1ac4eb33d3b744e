import ArgumentParser
import Foundation

/// `tickgate store backup`: a copy of a store as it is now.
struct StoreBackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy a store into a directory, also while a gateway writes to it.",
        discussion: """
            The copy is the state of one moment: every write that was acknowledged before is in it, none is half in it. On
            the disk of the store it consists of hard links and takes no space of its own until segments are merged or
            dropped; copy it to another machine from there. With --url the directory is on the gateway's machine.
            """
    )

    @Argument(help: "The directory of the copy; empty or absent.")
    var directory: String

    @OptionGroup var target: StoreTarget

    func run() async throws {
        try await CommandError.explaining {
            let path = URL(fileURLWithPath: directory).standardizedFileURL.path
            if let gateway = try target.gateway() {
                try await gateway.backup(to: path)
            } else {
                try target.withStore { try $0.backup(to: path) }
            }
            print("backed up to \(path)\nto bring it back: tickgate store restore \(path) --data DIR")
        }
    }
}
