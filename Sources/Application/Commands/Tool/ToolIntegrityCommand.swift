import ArgumentParser
import Columnar
import MarketStore

/// `tickgate tool integrity`: reads every row of a data directory of MarketStore and tells what is damaged.
struct ToolIntegrityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "integrity",
        abstract: "Read every header, slot and payload of a data directory of MarketStore and tell what is damaged.",
        discussion: """
            MarketStore keeps no checksums of its data: what is found is what cannot be. A header that contradicts itself, a \
            slot that says it is another, a payload outside of the file, a block that does not unpack, rows out of order, a \
            transaction of a log whose checksum is wrong. A changed value in a fixed row is not seen.
            Exit codes: 0 nothing is damaged; 1 something is, or cannot be read.
            """
    )

    @Option(name: .shortAndLong, help: ArgumentHelp("The directory: root_directory of mkts.yml.", valueName: "path"))
    var dir: String

    @Option(name: .customLong("yearStart"), help: ArgumentHelp("Only this year and later ones.", valueName: "year"))
    var yearStart = 0

    @Option(name: .customLong("yearEnd"), help: ArgumentHelp("Only this year and earlier ones.", valueName: "year"))
    var yearEnd = 9_999

    @OptionGroup var source: SourceOptions

    func run() throws {
        try CommandError.explaining {
            var options = try source.options()
            let (first, last) = (yearStart, yearEnd)
            options.isWantedYear = { $0 >= first && $0 <= last }
            var check = MarketStoreImport(try MarketStoreTree(root: dir), options: options, report: ImportReport())
            let summary = try check.run(into: nil)
            print(ImportText.families(check.rowsByBucket).joined(separator: "\n"))
            for line in ImportText.found(summary) { print(line) }
            guard summary.problems == 0 else {
                print("\(summary.problems) \(summary.problems == 1 ? "problem" : "problems")")
                throw ExitCode.failure
            }
            print("well: nothing is damaged")
        }
    }
}
