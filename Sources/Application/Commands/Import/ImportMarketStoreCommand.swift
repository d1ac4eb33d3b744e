import ArgumentParser
import Columnar
import Foundation
import MarketStore

/// `tickgate import marketstore`: every row of a data directory of MarketStore.
struct ImportMarketStoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "marketstore",
        abstract: "Bring a data directory of MarketStore into a data directory or a running gateway.",
        discussion: """
            Stop MarketStore first, or copy its directory: files that it writes to meanwhile may be read half-written. \
            Nothing is changed in it.
            Ended and run again, it goes on where it was: rows that are stored are passed over. In the end, it counts the \
            rows of each bucket.
            """
    )

    @Argument(help: "The directory: root_directory of mkts.yml.")
    var directory: String

    @OptionGroup var target: BucketTarget
    @OptionGroup var source: SourceOptions

    @Option(
        help: ArgumentHelp(
            "MarketStore's mkts.yml: its timezone and disable_variable_compression are used, unless --zone and --payload "
                + "say otherwise.",
            valueName: "file"
        )
    )
    var config: String?

    @Flag(help: "Read everything, write nothing.")
    var dryRun = false

    func validate() throws {
        guard target.isGiven || dryRun else { throw ValidationError("give --data DIR or --url URL, or --dry-run") }
    }

    func run() async throws {
        try CommandError.explaining {
            let options = try self.options()
            let tree = try MarketStoreTree(root: directory)
            if !dryRun { try target.checkApart(from: directory) }
            let began = ContinuousClock.now
            var run = MarketStoreImport(tree, options: options, report: ImportReport())
            let summary =
                dryRun
                ? try run.run(into: nil)
                : try target.withBuckets(zone: options.zone) { buckets, _ in try run.run(into: buckets) }
            let elapsed = ContinuousClock.now - began
            print(ImportText.families(run.rowsByBucket).joined(separator: "\n"))
            for line in ImportText.found(summary) { print(line) }
            if !dryRun { print(ImportText.written(summary)) }
            print(ImportText.speed(summary.counts.read, elapsed))
            guard summary.problems == 0 else {
                print("\(summary.problems) \(summary.problems == 1 ? "problem" : "problems"); see standard error")
                throw ExitCode.failure
            }
        }
    }

    private func options() throws -> MarketStoreImport.Options {
        var fallback = ZoneRules.utc
        var found: MktsConfiguration?
        if let config {
            let file = try MktsConfiguration(path: config)
            if let name = file.text("timezone"), !name.isEmpty {
                guard let rules = ZoneRules(named: name) else {
                    throw ConfigurationError("\(config): timezone: there is no time zone '\(name)'; say it with --zone")
                }
                fallback = rules
            }
            found = file
        }
        var options = try source.options(zone: fallback)
        if let found, source.payload == .auto {
            options.compression = found.text("disable_variable_compression") == "true" ? .none : .snappy
        }
        return options
    }
}
