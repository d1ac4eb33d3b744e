import CLibFuzzer
import Columnar
import Glibc
import MarketStore

/// Any bytes as a file that is imported: `IMPORT_FUZZ=year-file|payload|log|csv MarketStoreFuzzer …`.
///
/// A trap is a finding, and so are rows at times outside of their slot, or records that depend on where the bytes were cut.
@main
enum MarketStoreFuzzer {
    static func main() {
        let name = getenv("IMPORT_FUZZ").map { String(cString: $0) } ?? ""
        guard let check = checks[name] else {
            print("set IMPORT_FUZZ to one of \(checks.keys.sorted().joined(separator: ", "))")
            exit(2)
        }
        chosen = check
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { start, count in
                MarketStoreFuzzer.chosen(Array(UnsafeBufferPointer(start: start, count: count)))
                return 0
            }
        )
    }

    // nonisolated(unsafe): set once, before the driver runs on this one thread.
    nonisolated(unsafe) private static var chosen: ([UInt8]) -> Void = { _ in }

    private static let checks: [String: @Sendable ([UInt8]) -> Void] = [
        "year-file": yearFile, "payload": payload, "log": log, "csv": csv,
    ]

    /// The parts of a header that mean something, then slots.
    private static func yearFile(_ input: [UInt8]) {
        var bytes = [UInt8](repeating: 0, count: YearFileHeader.byteCount)
        let (head, rest) = (input.prefix(48), input.dropFirst(48))
        // Version 2 and what follows the description; else nearly no input is a header.
        bytes[0] = 2
        bytes.replaceSubrange(264..<264 + head.count, with: head)
        let count = Int(bytes[288])
        bytes.replaceSubrange(289..<296, with: repeatElement(0, count: 7))
        for index in 0..<count {
            bytes[312 + 32 * index] = 97 + UInt8(index % 26)
            bytes[33_080 + index] = head.isEmpty ? 0 : head[index % head.count] % 16
        }
        guard let header = try? bytes.withUnsafeBytes({ try YearFileHeader($0) }) else { return }
        let times = SlotTimes(year: header.year, timeframe: header.timeframe, zone: .utc)
        let slots = SlotRows(header: header, times: times)
        var rows = BucketRows(columns: header.columns, isVariable: header.isVariable)
        let area = Array(rest)
        area.withUnsafeBytes { area in
            for position in 0..<(area.count / header.recordLength) {
                let start = position * header.recordLength
                let slot = UnsafeRawBufferPointer(rebasing: area[start..<start + header.recordLength])
                guard let index = try? slots.index(of: slot, position: Int64(position) + 1), index != 0 else {
                    continue
                }
                if header.isVariable {
                    _ = try? slots.payload(of: slot, index: index, fileBytes: header.slotsEnd + 100)
                } else {
                    try? slots.append(fixed: slot, index: index, to: &rows)
                }
            }
        }
        precondition(rows.bytes.count == rows.count * rows.rowBytes, "rows have other lengths than their columns")
        _ = rows.dataset(key: "A/1Min/X")
    }

    /// A byte of columns, one of the timeframe, two of the index, then a payload.
    private static func payload(_ input: [UInt8]) {
        guard input.count > 4 else { return }
        let types: [WireType] = [.float32, .int64, .string16, .int8]
        let columns = types.indices.filter { input[0] >> UInt8($0) & 1 == 1 }.map {
            Bucket.Column(name: "c\($0)", type: types[$0])
        }
        let lengths = ["1Sec", "7Sec", "1Min", "7Min", "1H", "5H", "1D", "1W"]
        let zones = ["UTC", "+05:30", "-05:00", "+14:00"]
        guard let timeframe = Timeframe(lengths[Int(input[1] & 7)])?.nanoseconds,
            let zone = ZoneRules(named: zones[Int(input[1] >> 3 & 3)]),
            let header = YearFileHeader(year: 2024, timeframe: timeframe, isVariable: true, columns: columns)
        else { return }
        let kinds: [SlotRows.Compression] = [.automatic, .snappy, .none]
        let times = SlotTimes(year: 2024, timeframe: timeframe, zone: zone)
        let slots = SlotRows(header: header, times: times, compression: kinds[Int(input[1] >> 5) % 3])
        let index = Int64(input[2]) | Int64(input[3]) << 8
        let bytes = Array(input.dropFirst(4))
        guard let records = try? bytes.withUnsafeBytes({ try slots.records($0, at: 0) }) else { return }
        var rows = BucketRows(columns: columns, isVariable: true)
        guard (try? slots.append(records: records, index: index, to: &rows)) != nil,
            let start = try? slots.start(ofIndex: index)
        else { return }
        precondition(rows.count == records.count / header.variableRowBytes, "rows are lost")
        precondition(rows.times.allSatisfy { $0 >= start && $0 < start + timeframe }, "a row is outside of its slot")
    }

    /// Messages, one after the other; the checksum of a transaction is made right, so that its body is read.
    private static func log(_ input: [UInt8]) {
        var at = 0
        while at < input.count {
            let rest = Array(input[at...])
            guard let length = try? rest.withUnsafeBytes({ try WALMessage.length($0, at: Int64(at)) }),
                length <= Int64(rest.count)
            else { return }
            let message = try? rest.withUnsafeBytes {
                try WALMessage(UnsafeRawBufferPointer(rebasing: $0[..<Int(length)]), at: Int64(at))
            }
            if case .transaction(let transaction) = message {
                for write in transaction.writes {
                    precondition(write.data.upperBound <= Int(length), "a write's rows are outside of its message")
                }
            }
            at += Int(length)
        }
        // The body alone, whatever its checksum.
        _ = try? input.withUnsafeBytes { try WALTransaction(body: $0) }
    }

    /// Records, cut anywhere, and a plan for them.
    private static func csv(_ input: [UInt8]) {
        let delimiter = CSVPlan.delimiter(of: input)
        func read(_ step: Int) -> [Result<CSVRecords.Record, CSVRecords.Malformed>] {
            var found: [Result<CSVRecords.Record, CSVRecords.Malformed>] = []
            var records = CSVRecords(delimiter: delimiter)
            for start in stride(from: 0, to: input.count, by: step) {
                records.feed(input[start..<min(input.count, start + step)]) { found.append($0) }
            }
            records.finish { found.append($0) }
            return found
        }
        let whole = read(max(1, input.count))
        precondition(whole == read(3), "records depend on where the bytes are cut")
        let records = whole.compactMap { try? $0.get() }
        var hints = CSVHints()
        if let first = records.first, first.count > 3 { hints.form = .layout(GoTimeLayout(first.text(0))) }
        guard let plan = try? CSVPlan(records, hints) else { return }
        var rows = BucketRows(columns: plan.bucketColumns, isVariable: true)
        for record in records { try? plan.append(record, to: &rows) }
        precondition(rows.bytes.count == rows.count * rows.rowBytes, "rows have other lengths than their columns")
    }
}
