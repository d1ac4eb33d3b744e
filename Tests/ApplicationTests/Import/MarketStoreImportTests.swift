import Columnar
import Foundation
import TestSupport
import Testing

@testable import Application
@testable import MarketStore

/// Collects what an import tells.
final class Told {
    var text = ""
    lazy var report = ImportReport(isTerminal: false) { [unowned self] in text += $0 }
}

@Suite("Imports of MarketStore's directories")
struct MarketStoreImportTests {
    private typealias Row = BucketsInMemory.Row

    private static let minute = CivilTime.minute

    private static func start(_ year: Int) -> Int64 {
        Int64(CivilTime.days(year: year, month: 1, day: 1)) * CivilTime.day
    }

    @discardableResult
    private static func run(
        _ files: MarketStoreFiles,
        _ service: BucketsInMemory?,
        _ told: Told = Told(),
        zone: String = "UTC"
    ) throws -> MarketStoreImport.Summary {
        var options = MarketStoreImport.Options()
        options.zone = try #require(ZoneRules(named: zone))
        var run = MarketStoreImport(try MarketStoreTree(root: files.root), options: options, report: told.report)
        return try run.run(into: service)
    }

    /// A directory of many forms and what must be in the buckets.
    private static func random(_ seed: UInt64) throws -> (files: MarketStoreFiles, rows: [String: [Row]]) {
        var random = SeededGenerator(seed: seed)
        let files = try MarketStoreFiles()
        var expected: [String: [Row]] = [:]
        let lengths: [(name: String, length: Int64)] = [
            ("1Min", minute), ("5Min", 5 * minute), ("1H", CivilTime.hour), ("1D", CivilTime.day),
            ("30Sec", minute / 2),
        ]
        let all = [MarketStoreFiles.float, MarketStoreFiles.integer, MarketStoreFiles.text, MarketStoreFiles.short]
        for symbol in ["AAPL", "BTC-USD", "ÄÖ"] {
            let (name, length) = random.pick(lengths)
            let columns = all.filter { _ in random.oneIn(2) } + [MarketStoreFiles.short].filter { _ in random.oneIn(9) }
            let wanted = Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            let chosen = wanted.values.sorted { $0.name < $1.name }
            let isVariable = random.oneIn(2)
            let key = "\(symbol)/\(name)/X"
            for year in [1969, 2023, 2024] where random.int(0...2) > 0 {
                func row() -> [UInt8] {
                    chosen.flatMap { column -> [UInt8] in
                        switch column.type {
                        case .float32: MarketStoreFiles.bytes(Float(random.int(-9_999...9_999)).bitPattern)
                        case .string16:
                            MarketStoreFiles.bytes(UInt32(random.int(65...90))) + [UInt8](repeating: 0, count: 60)
                        case .int16: MarketStoreFiles.bytes(Int16(random.int(-9...9)))
                        default: MarketStoreFiles.bytes(Int64(random.int(-9...9)))
                        }
                    }
                }
                let isDaily = length == CivilTime.day
                let last = Int(365 * CivilTime.day / length) - 1
                var slots: [Int64: [UInt8]] = [:]
                for _ in 0..<random.int(1...60) {
                    let index = Int64(random.int(1...last))
                    let start = start(year) + (isDaily ? index : index - 1) * length
                    guard slots[index] == nil else { continue }
                    guard isVariable else {
                        slots[index] = row()
                        expected[key, default: []].append(Row(time: start, bytes: slots[index] ?? []))
                        continue
                    }
                    let offsets = (0..<random.int(1...5)).map { _ in
                        Int64(random.int(0...Int(length / 1_000_000) - 1)) * 1_000_000
                    }
                    for offset in (offsets + offsets.prefix(random.int(0...1))).sorted() {
                        let bytes = row()
                        expected[key, default: []].append(Row(time: start + offset, bytes: bytes))
                        slots[index, default: []] +=
                            bytes + MarketStoreFiles.bytes(MarketStoreFiles.ticks(offset, length))
                    }
                }
                if isVariable {
                    try files.variable(key, year, length, chosen, slots) { $0 % 3 != 0 }
                } else {
                    try files.fixed(key, year, length, chosen, slots)
                }
            }
        }
        return (files, expected.mapValues { $0.sorted() })
    }

    @Test("bring every row as it was, once", arguments: UInt64(1)...25)
    func everyRow(seed: UInt64) throws {
        let (files, expected) = try Self.random(seed)
        defer { files.remove() }
        let (service, told) = (BucketsInMemory(), Told())
        let summary = try Self.run(files, service, told)
        #expect(summary.problems == 0, "\(told.text)")
        for (key, rows) in expected { #expect(service.rows(key) == rows, "\(key)") }
        #expect(summary.counts.read == expected.values.reduce(0) { $0 + $1.count })
        #expect(summary.counts.written == summary.counts.read)
        // Once more changes nothing.
        let again = try Self.run(files, service)
        #expect(again.counts.written == 0 && again.counts.unchanged == summary.counts.read && again.problems == 0)
        for (key, rows) in expected { #expect(service.rows(key) == rows) }
    }

    @Test("that were ended bring the rest the next time, and nothing twice", arguments: UInt64(1)...12)
    func resumed(seed: UInt64) throws {
        let (files, expected) = try Self.random(seed)
        defer { files.remove() }
        let service = BucketsInMemory()
        for writes in [1, 2] {
            service.refuse(after: writes)
            let told = Told()
            _ = try Self.run(files, service, told)
        }
        service.refuse(after: .max)
        #expect(try Self.run(files, service).problems == 0)
        for (key, rows) in expected { #expect(service.rows(key) == rows) }
    }

    @Test("tell of rows that were refused")
    func refused() throws {
        let files = try MarketStoreFiles()
        defer { files.remove() }
        try files.fixed("A/1Min/X", 2024, Self.minute, [MarketStoreFiles.short], [5: [1, 0]])
        let (service, told) = (BucketsInMemory(), Told())
        service.refuse(after: 0)
        #expect(try Self.run(files, service, told).problems > 0)
        #expect(told.text.contains("problem: A/1Min/X: refused"))
        #expect(told.text.contains("1 rows were read and 0 are stored: 1 are missing"))
    }

    @Test("find the first of January of daily files, in their zone")
    func hiddenRows() throws {
        let files = try MarketStoreFiles()
        defer { files.remove() }
        try files.fixed(
            "A/1D/X",
            2024,
            CivilTime.day,
            [MarketStoreFiles.short],
            [0: [7, 0], 1: [8, 0], 365: [9, 0]]
        )
        let service = BucketsInMemory(timezone: "America/New_York")
        let summary = try Self.run(files, service, zone: "America/New_York")
        #expect(summary.hiddenRows == 1 && summary.counts.read == 3)
        let hours = Self.start(2024) + 5 * CivilTime.hour
        #expect(
            service.rows("A/1D/X") == [
                Row(time: hours, bytes: [7, 0]), Row(time: hours + CivilTime.day, bytes: [8, 0]),
                Row(time: hours + 365 * CivilTime.day, bytes: [9, 0]),
            ]
        )
    }

    @Test("refuse days of another zone than the buckets have")
    func otherZone() throws {
        let files = try MarketStoreFiles()
        defer { files.remove() }
        try files.fixed("A/1D/X", 2024, CivilTime.day, [MarketStoreFiles.short], [1: [8, 0]])
        let (service, told) = (BucketsInMemory(timezone: "Asia/Tokyo"), Told())
        #expect(try Self.run(files, service, told).problems == 1)
        #expect(told.text.contains("its days are those of UTC, and those of the bucket are of Asia/Tokyo"))
    }

    @Test("go on behind damage, and name file and offset")
    func damage() throws {
        let files = try MarketStoreFiles()
        defer { files.remove() }
        let rows = Dictionary(uniqueKeysWithValues: (1...40).map { (Int64($0), MarketStoreFiles.bytes(Int16($0))) })
        try files.fixed("A/1Min/X", 2024, Self.minute, [MarketStoreFiles.short], rows)
        try files.fixed("B/1Min/X", 2024, Self.minute, [MarketStoreFiles.short], rows)
        try files.fixed("C/1Min/X", 2024, Self.minute, [MarketStoreFiles.short], rows)
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: files.path("A/1Min/X", 2024)))
        try handle.seek(toOffset: 37_024 + 9 * 16)
        try handle.write(contentsOf: Data([77]))
        try handle.close()
        let other = try FileHandle(forUpdating: URL(fileURLWithPath: files.path("B/1Min/X", 2024)))
        try other.truncate(atOffset: 37_024 + 20 * 16 + 5)
        try other.close()
        let (service, told) = (BucketsInMemory(), Told())
        let summary = try Self.run(files, service, told)
        #expect(summary.problems == 2)
        #expect(
            told.text.contains("\(files.path("A/1Min/X", 2024)): offset 37168: the slot says that it is 77, and is 10")
        )
        #expect(told.text.contains("\(files.path("B/1Min/X", 2024)): offset 37349: the file ends here"))
        #expect(service.rows("A/1Min/X").count == 39)
        #expect(service.rows("B/1Min/X").count == 20)
        #expect(service.rows("C/1Min/X").count == 40)
    }

    @Test("read files with flipped bits and cut ends without a trap", arguments: UInt64(1)...30)
    func anyDamage(seed: UInt64) throws {
        let (files, _) = try Self.random(seed)
        defer { files.remove() }
        var random = SeededGenerator(seed: seed)
        for file in try MarketStoreTree(root: files.root).files {
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: "\(files.root)/\(file.relativePath)"))
            let size = try handle.seekToEnd()
            for _ in 0..<6 {
                let spots = [
                    UInt64(random.int(0...420)), UInt64(random.int(37_024...38_000)), size - UInt64(random.int(1...64)),
                ]
                try handle.seek(toOffset: random.pick(spots))
                try handle.write(contentsOf: Data([UInt8(random.int(0...255))]))
            }
            if random.oneIn(3) { try handle.truncate(atOffset: UInt64(random.int(0...Int(size)))) }
            try handle.close()
        }
        try Self.run(files, BucketsInMemory())
    }

    @Test("read what has no checkpoint in logs, and nothing of it twice")
    func logs() throws {
        let files = try MarketStoreFiles()
        defer { files.remove() }
        let (columns, key) = ([MarketStoreFiles.short], "A/1Min/X")
        func record(_ value: Int16, _ second: Int64) -> [UInt8] {
            MarketStoreFiles.bytes(value)
                + MarketStoreFiles.bytes(MarketStoreFiles.ticks(second * CivilTime.second, Self.minute))
        }
        func write(_ index: Int64, _ data: [UInt8], year: Int = 2024) -> MarketStoreFiles.Write {
            MarketStoreFiles.Write(
                key: key,
                year: year,
                index: index,
                columns: columns,
                isVariable: true,
                data: data
            )
        }
        try files.variable(key, 2024, Self.minute, columns, [3: record(1, 1) + record(2, 2), 4: record(5, 5)])
        try files.log(
            "WALFile.17.walfile",
            [
                MarketStoreFiles.status(replay: 1),
                MarketStoreFiles.transaction(1, [write(3, record(9, 9))]),
                MarketStoreFiles.progress(1, isCheckpoint: true, 2),
                // Its first row had reached the file, its second one had not; nor had the slot after it.
                MarketStoreFiles.transaction(2, [write(3, record(2, 2) + record(3, 3)), write(6, record(6, 6))]),
                MarketStoreFiles.transaction(3, [write(2, record(4, 4), year: 2025)]),
                Array(MarketStoreFiles.transaction(4, [write(3, record(8, 8))]).dropLast(3)),
            ]
        )
        try files.log(
            "WALFile.18.walfile",
            [MarketStoreFiles.status(replay: 2), MarketStoreFiles.transaction(9, [write(3, record(7, 7))])]
        )
        func row(_ value: Int16, _ minute: Int64, _ second: Int64, year: Int = 2024) -> Row {
            Row(
                time: Self.start(year) + minute * Self.minute + second * CivilTime.second,
                bytes: MarketStoreFiles.bytes(value)
            )
        }
        let (service, told) = (BucketsInMemory(), Told())
        let summary = try Self.run(files, service, told)
        #expect(summary.problems == 0, "\(told.text)")
        #expect(summary.pendingRows == 3)
        #expect(
            service.rows(key) == [
                row(1, 2, 1), row(2, 2, 2), row(3, 2, 3), row(5, 3, 5), row(6, 5, 6), row(4, 1, 4, year: 2025),
            ]
        )
    }

    @Test("make buckets without rows, too, and pass over keys that are not wanted")
    func emptyBuckets() throws {
        let files = try MarketStoreFiles()
        defer { files.remove() }
        try files.fixed("A/1Min/X", 2024, Self.minute, [MarketStoreFiles.short], [:])
        try files.fixed("B/1Min/X", 2024, Self.minute, [MarketStoreFiles.short], [1: [1, 0]])
        let service = BucketsInMemory()
        var options = MarketStoreImport.Options()
        let patterns = try KeyPatterns(["A/*/X"])
        options.isWanted = { patterns.matches($0) }
        var run = MarketStoreImport(try MarketStoreTree(root: files.root), options: options, report: Told().report)
        #expect(try run.run(into: service).problems == 0)
        #expect(service.all.map(\.key.description) == ["A/1Min/X"])
    }

    @Test("refuse a bucket that is there with other columns")
    func otherColumns() throws {
        let files = try MarketStoreFiles()
        defer { files.remove() }
        try files.fixed("A/1Min/X", 2024, Self.minute, [MarketStoreFiles.short], [1: [1, 0]])
        let (service, told) = (BucketsInMemory(), Told())
        _ = service.create([BucketCreation(key: "A/1Min/X", names: ["Price"], types: ["f8"], isVariable: false)])
        #expect(try Self.run(files, service, told).problems == 1)
        #expect(told.text.contains("fixed rows of (Price f8), and the file has fixed rows of (Flags i2)"))
    }

    @Test("of a real file bring its rows", .enabled(if: SharedData.has(sample), "\(SharedData.skipMessage)"))
    func realFile() throws {
        let files = try MarketStoreFiles()
        defer { files.remove() }
        try files.bucket("GR/1Min/X")
        let path = SharedData.path(Self.sample)
        let reader = RowsOfGzip(path)
        try reader.write(to: files.path("GR/1Min/X", 2024))
        let service = BucketsInMemory()
        #expect(try Self.run(files, service).problems == 0)
        let first: Int64 = 1_704_205_800 * CivilTime.second
        #expect(
            service.rows("GR/1Min/X") == [
                Row(time: first, bytes: [0, 0, 0x80, 0x3F, 100, 0, 0, 0, 0, 0, 0, 0]),
                Row(time: first + Self.minute, bytes: [0, 0, 0xC0, 0x3F, 200, 0, 0, 0, 0, 0, 0, 0]),
            ]
        )
    }

    static let sample = "protocols/marketstore-wire/sample-GR-1Min-X-2024.bin.gz"

    @Test(
        "know keys by patterns",
        arguments: [
            ("*/1Min/OHLCV", true), ("AAPL", true), ("A*/1*", true), ("AAP?/1Min/OHLCV", true), ("MSFT,AAPL", true),
            ("*/1Min", true), ("*/5Min", false), ("AAP/1Min/OHLCV", false), ("*L*/1Min/*V", true), ("?/1Min", false),
        ]
    )
    func patterns(pattern: String, isMatch: Bool) throws {
        let key = BucketKey(symbol: "AAPL", timeframe: "1Min", attribute: "OHLCV")
        #expect(try KeyPatterns([pattern]).matches(key) == isMatch)
    }
}

/// Unpacks a shared file.
struct RowsOfGzip {
    let path: String

    init(_ path: String) { self.path = path }

    func write(to target: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "zcat \"$0\" > \"$1\"", path, target]
        try process.run()
        process.waitUntilExit()
    }
}
