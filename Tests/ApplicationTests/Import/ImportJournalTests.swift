import Columnar
import Engine
import Foundation
import MarketStore
import Store
import Testing

@testable import Application

@Suite("CSV files that are imported again")
struct ImportJournalTests {
    /// Buckets in memory, with a store beside them for the table of imports, and a clock that goes on by a second a look.
    private final class Place {
        let directory = NSTemporaryDirectory() + "tickgate-journal-\(UUID().uuidString)"
        let buckets = BucketsInMemory()
        let store: Store
        let statements: EngineStatements
        private var seconds: Int64 = 1_700_000_000

        init() throws {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            store = try Store.open(directory: directory + "/data")
            statements = EngineStatements(engine: QueryEngine(source: store, writer: store))
        }

        deinit {
            store.close(flush: false)
            try? FileManager.default.removeItem(atPath: directory)
        }

        func file(_ name: String, _ text: String) throws -> String {
            let path = "\(directory)/\(name)"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return path
        }

        func load(_ path: String, again: Bool = false, told: Told = Told()) throws -> CSVImport.Summary {
            var options = CSVImport.Options()
            options.isVariable = true
            options.isAgain = again
            var run = try CSVImport(key: "A/1Min/TRADE", options: options, report: told.report)
            let journal = ImportJournal(statements) {
                self.seconds += 1
                return self.seconds * CivilTime.second
            }
            return try run.run(path: path, byteCount: 0, into: buckets, journal: journal)
        }

        var rowCount: Int { buckets.rows("A/1Min/TRADE").count }
    }

    private static let text = "time,Price\n2024-01-02T10:00:00Z,1\n2024-01-02T10:00:00Z,1\n"

    @Test("are in a variable bucket once, unless they are to be there again")
    func once() throws {
        let place = try Place()
        let path = try place.file("it's.csv", Self.text)
        #expect(try place.load(path).written == 2)
        let second = try place.load(path)
        #expect(second.written == 0 && second.rows == 0)
        #expect(second.earlier?.rows == 2 && second.earlier?.time == 1_700_000_002 * CivilTime.second)
        #expect(place.rowCount == 2)
        // Another name, the same contents.
        #expect(try place.load(place.file("copy.csv", Self.text)).earlier?.file == path)
        #expect(try place.load(path, again: true).written == 2)
        #expect(place.rowCount == 4)
        let rows = try place.statements.rows(of: "SELECT state, rows FROM csv_imports")
        #expect(rows == [[.text("made"), .integer(0)], [.text("done"), .integer(2)], [.text("done"), .integer(2)]])
    }

    @Test("are told of if they have other contents now")
    func changed() throws {
        let place = try Place()
        _ = try place.load(try place.file("a.csv", Self.text))
        let told = Told()
        let summary = try place.load(
            try place.file("a.csv", Self.text + "2024-01-02T10:01:00Z,2\n"),
            told: told
        )
        #expect(summary.written == 3 && place.rowCount == 5)
        #expect(told.text.contains("a.csv had other contents when it was imported to A/1Min/TRADE at 2023-11-14"))
    }

    @Test("are refused if an import of them stopped half-way")
    func stopped() throws {
        let place = try Place()
        let lines = (0..<40_000).map { "2024-01-02T10:00:00Z,\($0)\n" }
        let path = try place.file("a.csv", "time,Price\n" + lines.joined())
        place.buckets.refuse(after: 1)
        #expect(throws: CommandError.Failure.self) { try place.load(path) }
        place.buckets.refuse(after: .max)
        #expect(
            performing: { try place.load(path) },
            throws: { "\($0)".contains("stopped after 32768 rows. Delete those rows") && "\($0)".contains("--again") }
        )
        #expect(try place.load(path, again: true).written == 40_000)
        #expect(try place.load(path).earlier?.rows == 40_000)
    }

    @Test("may be imported after an import that wrote nothing")
    func refusedAtOnce() throws {
        let place = try Place()
        _ = try place.load(try place.file("first.csv", "time,Price\n2024-01-02T10:00:00Z,7\n"))
        let path = try place.file("a.csv", Self.text)
        place.buckets.refuse(after: 0)
        #expect(throws: CommandError.Failure.self) { try place.load(path) }
        place.buckets.refuse(after: .max)
        #expect(try place.load(path).written == 2)
    }
}
