import ArgumentParser
import Columnar
import Foundation
import MarketStore

/// `tickgate import csv`: the rows of a CSV file into one bucket.
struct ImportCSVCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "csv",
        abstract: "Bring the rows of a CSV file into a bucket.",
        discussion: """
            The control file is that of MarketStore's \\load: firstRowHasColumnNames, timeFormat (a layout of Go, or timestamp), \
            timeZone, columnNameMap. Without one, delimiter, header, form of times and types are found out, and told.
            Lines that are no rows are told with line and column, and left out; --strict ends at the first.
            A file that is in a variable bucket already is not written twice; the table csv_imports remembers files.
            """
    )

    @Argument(help: "The bucket, such as AAPL/1Min/OHLCV; made if it is not there.")
    var key: String

    @Argument(help: "The file, plain or .gz; - for standard input.")
    var file: String

    @Argument(help: "A control file of MarketStore's loader.")
    var control: String?

    @OptionGroup var target: BucketTarget

    @Option(help: ArgumentHelp("The zone of times that do not say theirs; the default is UTC.", valueName: "name"))
    var zone: String?

    @Option(help: ArgumentHelp("timestamp, or a layout of Go such as '2006-01-02 15:04:05'.", valueName: "form"))
    var timeFormat: String?

    @Option(help: ArgumentHelp("What is between fields; \\t for a tab.", valueName: "character"))
    var delimiter: String?

    @Option(help: ArgumentHelp("Types of columns, such as Open=f4,Volume=i8.", valueName: "list"))
    var types: String?

    @Flag(inversion: .prefixedNo, help: "Whether the first record has the names of the columns.")
    var header: Bool?

    @Flag(help: "A new bucket takes any number of rows of a time, exactly.")
    var variable = false

    @Flag(help: "A new bucket takes one row of a slot.")
    var fixed = false

    @Flag(help: "End at the first line that is no row.")
    var strict = false

    @Flag(help: "Write the rows of a file that is in a variable bucket already once more.")
    var again = false

    @Flag(help: "Read everything, write nothing.")
    var dryRun = false

    func validate() throws {
        guard target.isGiven || dryRun else { throw ValidationError("give --data DIR or --url URL, or --dry-run") }
        guard !(variable && fixed) else { throw ValidationError("give --variable or --fixed, not both") }
    }

    func run() async throws {
        try CommandError.explaining {
            let options = try self.options()
            let began = ContinuousClock.now
            var run = try CSVImport(key: key, options: options, report: ImportReport())
            let byteCount = file == "-" || file.hasSuffix(".gz") ? 0 : DataDirectory.byteCount(file)
            let summary =
                dryRun
                ? try run.run(path: file, byteCount: byteCount, into: nil)
                : try target.withBuckets(zone: options.hints.zone) { buckets, statements in
                    try run.run(
                        path: file,
                        byteCount: byteCount,
                        into: buckets,
                        journal: ImportJournal(statements)
                    )
                }
            if let earlier = summary.earlier {
                print(ImportText.alreadyThere(file, key, earlier, again: options.againHint))
                return
            }
            var text = "read \(summary.rows) rows, wrote \(summary.written)"
            if summary.skipped > 0 { text += ", left out \(summary.skipped) lines" }
            print(text)
            print(ImportText.speed(summary.rows, ContinuousClock.now - began))
            if summary.skipped > 0 { throw ExitCode.failure }
        }
    }

    private func options() throws(ConfigurationError) -> CSVImport.Options {
        var options = CSVImport.Options()
        if let control { try CSVControl.read(control, into: &options.hints) }
        if let header { options.hints.hasHeader = header }
        if let timeFormat { options.hints.form = CSVTimeForm(control: timeFormat) }
        if let zone {
            guard let rules = ZoneRules(named: zone) else {
                throw ConfigurationError("--zone: there is no time zone '\(zone)'; such as America/New_York")
            }
            options.hints.zone = rules
        }
        for entry in (types ?? "").split(separator: ",") {
            let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let type = WireType(rawValue: parts[1]) else {
                let names = WireType.allCases.map(\.rawValue).joined(separator: ", ")
                throw ConfigurationError("--types takes NAME=TYPE with a type of \(names), not '\(entry)'")
            }
            options.hints.types[parts[0]] = type
        }
        if let delimiter {
            let bytes = delimiter == "\\t" ? [UInt8(ascii: "\t")] : Array(delimiter.utf8)
            guard bytes.count == 1, ![0x0A, 0x0D, 0x22].contains(bytes[0]) else {
                throw ConfigurationError("--delimiter takes one character of ASCII, not '\(delimiter)'")
            }
            options.delimiter = bytes[0]
        }
        options.isVariable = variable ? true : fixed ? false : nil
        options.isStrict = strict
        options.isAgain = again
        return options
    }
}
