import Columnar
import Foundation
import TestSupport
import Testing

@testable import Application
@testable import MarketStore

@Suite("Commands about files of MarketStore")
struct ImportCommandTests {
    @Test(
        "know year files by their path, and nothing outside of the directory",
        arguments: [
            ("AAPL/1Min/OHLCV/2024.bin", true), ("../1Min/OHLCV/2024.bin", false), ("A/../B/2024.bin", false),
            ("A/1Min/X/Y/2024.bin", false), ("A/1Min/X/2024.bin.gz", false), ("A/1Min/X/category_name", false),
            ("/1Min/X/2024.bin", false), ("A/1Min/X/-1.bin", false),
        ]
    )
    func names(path: String, isOne: Bool) {
        let name = YearFileName(relativePath: path)
        #expect((name != nil) == isOne)
        if let name { #expect(name.relativePath == path) }
    }

    @Test("estimate as MarketStore does, and what is measured here")
    func estimates() throws {
        let lines = try DiskEstimate(DiskEstimate.Asked()).lines
        #expect(lines[0].hasPrefix("Estimated space required for 1000 symbols, 10 years of 1Min: "))
        #expect(lines[0].hasSuffix(" 1017900000 rows"))
        #expect(lines[1].hasSuffix("49.2 GB"))
        let wrong = [
            DiskEstimate.Asked(timeframe: "x"), DiskEstimate.Asked(hours: 25), DiskEstimate.Asked(symbols: -1),
        ]
        for asked in wrong { #expect(throws: ConfigurationError.self) { try DiskEstimate(asked) } }
        let largest = DiskEstimate.Asked(symbols: .max, eightByteColumns: .max)
        #expect(try DiskEstimate(largest).lines[0].contains("more than 10,000 EB"))
    }

    private static let log = "protocols/marketstore-wire/WALFile.1795227161640179699.walfile"

    @Test("list a real log", .enabled(if: SharedData.has(log), "\(SharedData.skipMessage)"))
    func realLog() throws {
        var (listing, lines) = (WALListing(showsWrites: true), [String]())
        var reader = WALFileReader(try SparseFile(SharedData.path(Self.log)))
        while let (offset, message) = try reader.next(damage: { listing.damage($0) }) {
            lines += listing.add(message, at: offset)
        }
        lines += listing.summary(tornBytes: reader.tornBytes)
        #expect(lines.first == "0: open, not replayed, instance 1795227161640175968")
        #expect(
            lines.contains("    GR/1Min/X/2024.bin slot 2311 at 92464: fixed, 12 bytes, (Px f4, V i8)"),
            "\(lines.joined(separator: "\n"))"
        )
        #expect(lines.last == "1 transactions; 1 without a checkpoint, with 2 writes")
        #expect(listing.damages == 0)
    }

    /// Imports a text as CSV.
    private static func csv(
        _ text: String,
        _ service: BucketsInMemory?,
        _ told: Told,
        _ change: (inout CSVImport.Options) -> Void = { _ in }
    ) throws -> CSVImport.Summary {
        let path = NSTemporaryDirectory() + "tickgate-\(UUID().uuidString).csv"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        var options = CSVImport.Options()
        change(&options)
        var run = try CSVImport(key: "A/1Min/OHLCV", options: options, report: told.report)
        return try run.run(path: path, byteCount: Int64(text.utf8.count), into: service)
    }

    @Test(
        "find out whether rows of a CSV file are fixed",
        arguments: [
            ("time,x\n2024-01-02T10:00:00Z,1\n2024-01-02T10:01:00Z,2\n", false),
            ("time,x\n2024-01-02T10:00:00Z,1\n2024-01-02T10:00:00Z,2\n", true),
            ("time,x\n2024-01-02T10:00:00.5Z,1\n", true),
        ]
    )
    func kinds(text: String, isVariable: Bool) throws {
        let service = BucketsInMemory()
        #expect(try Self.csv(text, service, Told()).skipped == 0)
        #expect(service.all.map(\.isVariable) == [isVariable])
    }

    @Test("leave out lines that are no rows, and tell the first twenty")
    func skipped() throws {
        let (service, told) = (BucketsInMemory(), Told())
        let text = "time,x\n2024-01-02T10:00:00Z,1\n" + String(repeating: "never,1\n", count: 30)
        let summary = try Self.csv(text, service, told) { $0.hints.form = .iso }
        #expect(summary == CSVImport.Summary(rows: 1, written: 1, skipped: 30))
        #expect(told.text.split(separator: "\n").filter { $0.hasPrefix("problem: line ") }.count == 20)
        #expect(throws: CommandError.Failure.self) {
            try Self.csv(text, service, told) { options in
                options.hints.form = .iso
                options.isStrict = true
            }
        }
    }

    @Test("write many rows in chunks, and tell of one that was refused")
    func chunks() throws {
        let lines = (0..<70_000).map { "\(1_700_000_040 + 60 * $0),\($0)\n" }
        let (service, told) = (BucketsInMemory(), Told())
        let text = "Epoch,x\n" + lines.joined()
        #expect(try Self.csv(text, service, told).written == 70_000)
        #expect(service.rows("A/1Min/OHLCV").count == 70_000 && service.writeCalls == 3)
        service.refuse(after: 1)
        #expect(
            performing: { try Self.csv(text, service, told) },
            throws: { "\($0)".contains("refused; 32768 rows before were written") }
        )
    }
}
