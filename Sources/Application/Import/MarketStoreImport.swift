import Columnar
import MarketStore

/// Brings the rows of a data directory of MarketStore into buckets.
///
/// Year files are read one after the other, by bucket, so that it can be ended at any time: what was read is written once,
/// and the next run passes over it.
struct MarketStoreImport {
    /// What is asked for.
    struct Options {
        var zone = ZoneRules.utc
        var compression = SlotRows.Compression.automatic
        /// Whether a bucket is wanted.
        var isWanted: (BucketKey) -> Bool = { _ in true }
        /// Whether a year is wanted.
        var isWantedYear: (Int) -> Bool = { _ in true }
    }

    /// What was found, in the end.
    struct Summary: Equatable {
        var buckets = 0
        var files = 0
        var counts = RowCounts()
        /// Rows of the first of January of daily buckets.
        var hiddenRows = 0
        /// Rows that only a write-ahead log had.
        var pendingRows = 0
        /// Damaged places, rows that were refused, and buckets in which rows are missing.
        var problems = 0
    }

    private let tree: MarketStoreTree
    private let options: Options
    private let report: ImportReport
    private var pending = PendingWrites()
    private var summary = Summary()
    /// Rows that were read, by bucket.
    private(set) var rowsByBucket: [BucketKey: Int] = [:]

    /// An import of a directory; `report` is told what happens.
    init(_ tree: MarketStoreTree, options: Options, report: ImportReport) {
        self.tree = tree
        self.options = options
        self.report = report
    }

    /// Reads everything, writes it through a service, and counts what is there then; without a service only reads.
    mutating func run(into service: (any DataService)?) throws -> Summary {
        for note in tree.notes { report.note(note) }
        try readLogs()
        let files = wantedFiles
        if files.isEmpty, let first = allFiles.min(by: { $0.key < $1.key }) {
            report.problem(
                "nothing that is there was asked for; there are \(allFiles.count) files of years, such as \(first.relativePath)"
            )
        }
        report.total = files.count
        let report = report
        let sink = service.map { RowSink($0) { key, message in report.problem("\(key): \(message)") } }
        var headers: [BucketKey: YearFileHeader] = [:]
        for file in files {
            report.begin(file.relativePath)
            try self.read(file, service, into: sink, &headers)
        }
        sink?.flush()
        if let sink {
            createEmpty(headers, sink)
            verify(sink)
            summary.counts = sink.counts.values.reduce(RowCounts(), +)
        } else {
            summary.counts.read = rowsByBucket.values.reduce(0, +)
        }
        summary.buckets = headers.count
        summary.problems = report.problems
        report.end()
        return summary
    }

    private mutating func readLogs() throws {
        for name in tree.walFiles {
            let path = "\(tree.root)/\(name)"
            do {
                try pending.read(path) { report.problem("\(path): \($0)") }
            } catch {
                report.problem(error.description)
            }
        }
        if pending.transactionCount > 0 {
            report.note(
                "\(pending.transactionCount) transactions of write-ahead logs have no checkpoint; they are read, too"
            )
        }
    }

    /// The year files, and those that only a log knows, by bucket and year.
    private var wantedFiles: [YearFileName] {
        allFiles.filter { options.isWanted($0.key) && options.isWantedYear($0.year) }
            .sorted { $0.key == $1.key ? $0.year < $1.year : $0.key < $1.key }
    }

    private var allFiles: Set<YearFileName> { Set(tree.files).union(pending.byFile.keys) }

    private mutating func read(
        _ name: YearFileName,
        _ service: (any DataService)?,
        into sink: RowSink?,
        _ headers: inout [BucketKey: YearFileHeader]
    ) throws {
        let path = "\(tree.root)/\(name.relativePath)"
        var reader: YearFileReader
        do {
            reader = try open(name, path)
        } catch let error as FileDamage {
            report.problem("\(path): \(error)")
            return
        } catch let error as CommandError.Failure {
            report.problem(error.description)
            return
        }
        if let service, let mismatch = zoneMismatch(name.key, reader.header, service) {
            report.problem("\(path): \(mismatch)")
            return
        }
        headers[name.key] = reader.header
        summary.files += 1
        var read = 0
        do {
            try sink?.begin(
                name.key,
                columns: reader.header.columns,
                isVariable: reader.header.isVariable,
                span: reader.span
            )
            try reader.read(
                progress: { report.progress($0) },
                damage: { report.problem("\($0): \($1)") },
                emit: { rows in
                    read += rows.count
                    try sink?.add(name.key, rows)
                    report.add(rows.count)
                }
            )
        } catch let error as DataServiceError {
            report.problem("\(path): \(error.message)")
        } catch let error as CommandError.Failure {
            report.problem(error.description)
        }
        rowsByBucket[name.key, default: 0] += read
        summary.hiddenRows += reader.hiddenRows
        summary.pendingRows += reader.pendingRows
    }

    /// Why fixed slots of a day and more do not fit those of a service; nil if they do.
    private func zoneMismatch(
        _ key: BucketKey,
        _ header: YearFileHeader,
        _ service: any DataService
    ) -> String? {
        let zone = service.directory.bucket(key)?.zone ?? service.timezone
        guard !header.isVariable, header.timeframe >= CivilTime.day, zone != options.zone.name else { return nil }
        return
            "its days are those of \(options.zone.name), and those of the bucket are of \(zone): give --zone, or make the "
            + "bucket anew in that zone (marketstore.timezone of a gateway)"
    }

    private func open(_ name: YearFileName, _ path: String) throws -> YearFileReader {
        let writes = pending.byFile[name] ?? []
        let file: SparseFile?
        let header: YearFileHeader
        if tree.files.contains(name) {
            let opened = try SparseFile(path)
            var bytes: [UInt8] = []
            try opened.read(0..<Int64(YearFileHeader.byteCount), into: &bytes)
            header = try bytes.withUnsafeBytes { try YearFileHeader($0) }
            guard header.year == name.year else {
                throw FileDamage(264, "the year is \(header.year), and the file's name says \(name.year)")
            }
            file = opened
        } else {
            guard let write = writes.first, let timeframe = Timeframe(name.key.timeframe),
                let made = YearFileHeader(
                    year: name.year,
                    timeframe: timeframe.nanoseconds,
                    isVariable: write.isVariable,
                    columns: write.columns
                )
            else { throw FileDamage(0, "the file is not there, and a write to it in a log does not tell its form") }
            (header, file) = (made, nil)
        }
        return YearFileReader(
            header: header,
            file: file,
            zone: options.zone,
            compression: options.compression,
            writes: writes,
            logs: pending.logs
        )
    }

    private func createEmpty(_ headers: [BucketKey: YearFileHeader], _ sink: RowSink) {
        for (key, header) in headers.sorted(by: { $0.key < $1.key }) where rowsByBucket[key] == 0 {
            if let error = sink.create(key, columns: header.columns, isVariable: header.isVariable) {
                report.problem("\(key): \(error.message)")
            }
        }
    }

    /// Counts the rows that are stored now.
    private func verify(_ sink: RowSink) {
        report.beginVerification(buckets: sink.expected.count)
        for (key, parts) in sink.expected.sorted(by: { $0.key < $1.key }) {
            var (stored, expected, missing) = (0, 0, 0)
            do {
                for part in Self.merged(parts) {
                    let count = try sink.stored(key, part.times)
                    stored += count
                    expected += part.rows
                    missing += max(0, part.rows - count)
                }
            } catch {
                report.problem("\(key): its rows could not be counted: \(error.message)")
                continue
            }
            if missing > 0 {
                report.problem("\(key): \(expected) rows were read and \(stored) are stored: \(missing) are missing")
            } else if stored > expected {
                report.note(
                    "\(key): \(stored - expected) rows of the same times are stored besides those of the directory"
                )
            }
            report.verified()
        }
    }

    /// The same rows by times that do not overlap.
    private static func merged(
        _ parts: [(times: ClosedRange<Int64>, rows: Int)]
    ) -> [(times: ClosedRange<Int64>, rows: Int)] {
        var merged: [(times: ClosedRange<Int64>, rows: Int)] = []
        for part in parts.sorted(by: { $0.times.lowerBound < $1.times.lowerBound }) {
            if let last = merged.last, last.times.upperBound >= part.times.lowerBound {
                let end = max(last.times.upperBound, part.times.upperBound)
                merged[merged.count - 1] = (last.times.lowerBound...end, last.rows + part.rows)
            } else {
                merged.append(part)
            }
        }
        return merged
    }
}
