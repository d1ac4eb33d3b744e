import Foundation
import MarketStore
import Synchronization
import Wire

/// `\load`: the same reading of CSV files as `tickgate import csv` has.
extension ShellSession {
    func load(_ key: BucketKey, file: String, control: String?, isAgain: Bool) throws(ShellFailure) {
        let path = Self.expanded(file)
        guard FileManager.default.isReadableFile(atPath: path) else { throw .refused("\(file): cannot be read") }
        let began = ContinuousClock.now
        let stop = LoadStop()
        let summary: CSVImport.Summary
        do {
            var options = CSVImport.Options()
            (options.isAgain, options.againHint) = (isAgain, "\\load … again")
            if let control { try CSVControl.read(Self.expanded(control), into: &options.hints) }
            var load = try CSVImport(key: key.description, options: options, report: ImportReport())
            let remote = try RemoteBuckets(base: connection.base.description)
            let buckets = StoppableBuckets(buckets: remote, stop: stop)
            let byteCount = path.hasSuffix(".gz") ? 0 : DataDirectory.byteCount(path)
            summary = try interrupts.handling(by: { stop.request() }) {
                try load.run(path: path, byteCount: byteCount, into: buckets, journal: ImportJournal(remote))
            }
        } catch {
            if stop.isRequested { throw .interrupted }
            throw .refused(Self.text(error, file))
        }
        if let earlier = summary.earlier {
            return try show([
                ImportText.alreadyThere(file, key.description, earlier, again: "\\load … again")
            ])
        }
        var line = "\(Self.count(Int64(summary.written), "row")) written to \(key)"
        if summary.skipped > 0 { line += ", \(Self.count(Int64(summary.skipped), "line")) left out" }
        if settings.isTiming { line += " (\(Self.elapsed(since: began)))" }
        try show([line])
        // A script must not go on as if the file were there whole.
        if summary.skipped > 0, !isInteractive { throw .refused("\(file): not every line is a row") }
    }

    private static func text(_ error: any Error, _ file: String) -> String {
        switch error {
        case let error as CommandError.Failure: error.description
        case let error as ConfigurationError: error.message
        default: "\(file): \(error)"
        }
    }
}

/// Whether Ctrl-C came while a file is loaded.
private final class LoadStop: Sendable {
    private let flag = Atomic(false)

    var isRequested: Bool { flag.load(ordering: .relaxed) }

    func request() { flag.store(true, ordering: .relaxed) }
}

/// Buckets that take no more rows once the load is to end; what was written before stays.
private struct StoppableBuckets: DataService {
    let buckets: RemoteBuckets
    let stop: LoadStop

    var directory: any BucketDirectory { buckets.directory }
    var version: String { buckets.version }
    var timezone: String { buckets.timezone }

    func write(_ writes: [DataWrite]) -> [DataServiceError?] {
        stop.isRequested ? writes.map { _ in DataServiceError("stopped") } : buckets.write(writes)
    }

    func query(_ queries: [DataQuery]) throws(DataServiceError) -> [Dataset] { try buckets.query(queries) }
    func create(_ creations: [BucketCreation]) -> [DataServiceError?] { buckets.create(creations) }
    func destroy(_ keys: [String]) -> [DataServiceError?] { buckets.destroy(keys) }
    func list(_ format: ListFormat) -> [String] { buckets.list(format) }
    func info(_ keys: [String]) -> [Result<BucketInfo, DataServiceError>] { buckets.info(keys) }
}
