import Columnar
import Foundation
import Ingest
import MarketStore

/// Writes the rows of a CSV file to one bucket, in chunks.
struct CSVImport {
    /// What is asked for.
    struct Options {
        var hints = CSVHints()
        var delimiter: UInt8?
        /// Whether a bucket that is not there becomes a variable one; nil looks at the first rows.
        var isVariable: Bool?
        /// Whether the first record that is no row ends the import.
        var isStrict = false
        /// Whether the rows of a file that is in the bucket already are written once more.
        var isAgain = false
        /// How a person says that they are to be.
        var againHint = "--again"
    }

    /// What was done.
    struct Summary: Equatable {
        var rows = 0
        var written = 0
        var skipped = 0
        /// The import that brought the file's rows before: nothing was read.
        var earlier: ImportJournal.Entry?
    }

    /// Records that a plan is made of.
    private static let sampleRecords = 1_000
    /// Records that are told of when they are no rows; the rest is counted.
    private static let toldMax = 20

    private let key: BucketKey
    private let timeframe: Timeframe
    private let options: Options
    private let report: ImportReport
    private var summary = Summary()
    private var isPastHeader = false
    /// Whether the answer to the last write was lost.
    private var isUncertain = false
    /// What notes that rows are written, and what it is to be told of them.
    private var journal: ImportJournal?
    private var entry: ImportJournal.Entry?
    private var digest = ""
    private var file = ""

    /// An import into a bucket; throws if its key is none.
    init(key: String, options: Options, report: ImportReport) throws(CommandError.Failure) {
        guard let parsed = BucketKey(key), let timeframe = Timeframe(parsed.timeframe) else {
            throw CommandError.Failure(KeyText.fault(of: key))
        }
        self.key = parsed
        self.timeframe = timeframe
        self.options = options
        self.report = report
    }

    /// Reads a file, gzip or plain, or `-` for standard input; writes to a service, or nowhere.
    ///
    /// - Parameter journal: remembers files that go into variable buckets; nil remembers none.
    mutating func run(
        path: String,
        byteCount: Int64,
        into service: (any DataService)?,
        journal: ImportJournal? = nil
    ) throws -> Summary {
        let reader = RecordingReader(paths: [path == "-" ? "/dev/stdin" : path])
        let first = try reader.next()
        let delimiter = options.delimiter ?? CSVPlan.delimiter(of: first)
        let bucket = service?.directory.bucket(key)
        let (plan, sample) = try plan(first, delimiter, bucket)
        let isVariable = bucket?.isVariable ?? options.isVariable ?? looksVariable(sample)
        report.note(Self.text(plan, delimiter, isVariable, isThere: bucket != nil))
        // A row of a fixed bucket replaces the one of its slot: writing it twice changes nothing.
        if let journal, isVariable, Self.isRegular(path) {
            summary.earlier = try look(in: journal, path, isThere: bucket != nil)
            if summary.earlier != nil { return summary }
        }
        var rows = BucketRows(columns: plan.bucketColumns, isVariable: isVariable)
        var records = CSVRecords(delimiter: delimiter)
        report.total = 1
        report.begin(path)
        do {
            var (bytes, read) = (first, Int64(0))
            while !bytes.isEmpty {
                try records.feed(bytes) { try take($0, plan, &rows, service) }
                read += Int64(bytes.count)
                if byteCount > 0 { report.progress(Double(read) / Double(byteCount)) }
                bytes = try reader.next()
            }
            try records.finish { try take($0, plan, &rows, service) }
            try write(&rows, service)
        } catch {
            // Where nobody knows what was written the import stays one that did not end.
            if let entry, !isUncertain { try? self.journal?.end(key, entry, rows: summary.written, .stopped) }
            throw error
        }
        if let entry { try self.journal?.end(key, entry, rows: summary.written, .done) }
        report.end()
        return summary
    }

    /// Whether a path is that of a file that can be read twice; no pipe, and not standard input.
    private static func isRegular(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
    }

    /// The import that brought the rows of this file already; throws if one brought some of them.
    private mutating func look(
        in journal: ImportJournal,
        _ path: String,
        isThere: Bool
    ) throws -> ImportJournal.Entry? {
        (self.journal, file) = (journal, URL(fileURLWithPath: path).path)
        digest = try ImportJournal.digest(of: path)
        // What a bucket had before it was destroyed is not in it.
        guard isThere else {
            try journal.forget(key)
            return nil
        }
        guard !options.isAgain else { return nil }
        let (same, other) = try journal.earlier(key, digest: digest, file: file)
        if let other, other.file == file, other.rows > 0 {
            report.note(
                "\(path) had other contents when it was imported to \(key) at \(CivilTime.text(other.time)): rows that "
                    + "are in both are there twice then"
            )
        }
        guard let same else { return nil }
        switch same.state {
        case .done: return same
        case .made: return nil
        case .stopped where same.rows == 0: return nil
        case .stopped, .begun:
            let end = same.state == .begun ? "did not end" : "stopped after \(same.rows) rows"
            throw CommandError.Failure(
                "\(path) is in \(key) in part: its import of \(CivilTime.text(same.time)) \(end). Delete those rows, or "
                    + "destroy the bucket, and import the file with \(options.againHint), which writes all of its rows"
            )
        }
    }

    private func plan(
        _ bytes: [UInt8],
        _ delimiter: UInt8,
        _ bucket: Bucket?
    ) throws -> (CSVPlan, [CSVRecords.Record]) {
        var sample: [CSVRecords.Record] = []
        var records = CSVRecords(delimiter: delimiter)
        records.feed(bytes) {
            if case .success(let record) = $0, sample.count < Self.sampleRecords { sample.append(record) }
        }
        // The last record of a file may end in the chunk without a line end.
        records.finish { if case .success(let record) = $0, sample.isEmpty { sample.append(record) } }
        var hints = options.hints
        hints.columns = bucket?.columns
        hints.attribute = key.attribute
        do throws(CSVPlan.Problem) {
            let plan = try CSVPlan(sample, hints)
            return (plan, Array(sample.dropFirst(plan.hasHeader ? 1 : 0)))
        } catch {
            let place = error.field.map { "column \($0 + 1): " } ?? ""
            throw CommandError.Failure("\(place)\(error.message)")
        }
    }

    /// Whether times of the first rows are not those of slots, or two are in one slot.
    private func looksVariable(_ sample: [CSVRecords.Record]) -> Bool {
        var hints = options.hints
        hints.attribute = key.attribute
        guard let plan = try? CSVPlan(sample, hints) else { return false }
        var rows = BucketRows(columns: plan.bucketColumns, isVariable: false)
        for record in sample { try? plan.append(record, to: &rows) }
        var slots: Set<Int64> = []
        return rows.times.contains { time in
            let slot = timeframe.floor(time, in: .utc)
            let isInside = timeframe.fixedNanoseconds(in: .utc) != nil && timeframe.unit != .day && slot != time
            return isInside || !slots.insert(slot).inserted
        }
    }

    private mutating func take(
        _ result: Result<CSVRecords.Record, CSVRecords.Malformed>,
        _ plan: CSVPlan,
        _ rows: inout BucketRows,
        _ service: (any DataService)?
    ) throws {
        switch result {
        case .success(let record):
            guard isPastHeader || !plan.hasHeader else {
                isPastHeader = true
                return
            }
            do throws(CSVPlan.Problem) {
                try plan.append(record, to: &rows)
                summary.rows += 1
            } catch {
                let column = error.field.map { ", column \(record.column($0))" } ?? ""
                try skip("line \(record.line)\(column): \(error.message)")
            }
            if rows.count >= RowSink.rowsAtATime(rowBytes: rows.rowBytes) { try write(&rows, service) }
        case .failure(let failure):
            try skip("line \(failure.line), column \(failure.column): \(failure.message)")
        }
    }

    private mutating func skip(_ message: String) throws {
        guard !options.isStrict else {
            throw CommandError.Failure("\(message); \(summary.written) rows before it were written")
        }
        summary.skipped += 1
        if summary.skipped <= Self.toldMax { report.problem(message) }
        if summary.skipped == Self.toldMax + 1 { report.note("further lines that are no rows are only counted") }
    }

    private mutating func write(_ rows: inout BucketRows, _ service: (any DataService)?) throws {
        guard rows.count > 0 else { return }
        report.add(rows.count)
        if let service {
            if let journal, entry == nil { entry = try journal.begin(key, digest: digest, file: file) }
            let write = DataWrite(dataset: rows.dataset(key: key.description), isVariable: rows.isVariable)
            if let error = service.write([write]).first.flatMap({ $0 }) {
                isUncertain = error.isUncertain
                throw CommandError.Failure("\(key): \(error.message); \(summary.written) rows before were written")
            }
            summary.written += rows.count
        }
        rows.removeAll()
    }

    /// What was found out, for people.
    private static func text(_ plan: CSVPlan, _ delimiter: UInt8, _ isVariable: Bool, isThere: Bool) -> String {
        let columns = plan.columns.map { "\($0.column.name) \($0.column.type.rawValue)" }.joined(separator: ", ")
        let form =
            switch plan.form {
            case .layout(let layout): "times by the layout '\(layout.text)'"
            case .seconds: "times in seconds"
            case .whole(let perSecond): "times as whole numbers, \(perSecond) a second"
            case .iso: "times by ISO 8601"
            }
        let shown = delimiter == UInt8(ascii: "\t") ? "tab" : "'\(Character(Unicode.Scalar(delimiter)))'"
        return "\(plan.hasHeader ? "a header" : "no header"), delimiter \(shown), \(form) (\(plan.zone.name)); "
            + "\(isThere ? "the bucket is there, with" : "a new bucket of") \(isVariable ? "variable" : "fixed") rows: \(columns)"
    }
}
