import ArgumentParser
import Foundation

/// `tickgate config`: configuration files.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Make a tickgate.yaml of other configurations.",
        subcommands: [ConfigImportCommand.self]
    )
}

/// `tickgate config import`: MarketStore's mkts.yml as a tickgate.yaml.
struct ConfigImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Turn MarketStore's mkts.yml into a tickgate.yaml; what has no counterpart is told in comments."
    )

    @Argument(help: "MarketStore's mkts.yml.")
    var file: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Write to this file, which must not be there.", valueName: "file"))
    var output: String?

    func run() throws {
        try CommandError.explaining {
            let yaml = ConfigurationImport(try MktsConfiguration(path: file)).yaml
            guard let output else {
                print(yaml, terminator: "")
                return
            }
            guard !FileManager.default.fileExists(atPath: output) else {
                throw CommandError.Failure("\(output) is there already; remove it, or name another file")
            }
            do {
                try Data(yaml.utf8).write(to: URL(fileURLWithPath: output), options: .withoutOverwriting)
            } catch {
                throw CommandError.Failure("\(output): cannot be written: \(error.localizedDescription)")
            }
        }
    }
}
