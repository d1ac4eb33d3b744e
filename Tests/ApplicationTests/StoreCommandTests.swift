import Foundation
import Testing

@testable import Application
@testable import Gateway

@Suite("The store commands")
struct StoreCommandTests {
    @Test(
        "write sizes for people",
        arguments: [
            (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_536, "1.5 KiB"), (1 << 30, "1.0 GiB"),
            (5 << 50, "5120.0 TiB"),
        ] as [(Int64, String)]
    )
    func sizes(count: Int64, text: String) { #expect(SizeText.bytes(count) == text) }

    @Test(
        "write durations in the largest unit that fits",
        arguments: [
            (0, "0s"), (90, "90s"), (120, "2m"), (43_200, "12h"), (2_592_000, "30d"), (604_800, "1w"),
        ] as [(Int64, String)]
    )
    func durations(seconds: Int64, text: String) { #expect(SizeText.duration(seconds: seconds) == text) }

    @Test("align columns")
    func tables() {
        var table = TextTable([("name", .left), ("rows", .right), ("kept", .left)])
        table.add(["trades", "12345", "30d"])
        table.add(["q", "1", ""])
        #expect(table.lines == ["name     rows  kept", "trades  12345  30d", "q           1"])
    }

    @Test("show an empty store, and one that takes no writes")
    func status() {
        var status = StoreStatus()
        status.readOnlyReason = "fdatasync failed"
        let lines = StoreStatusText.lines(status, showsColumns: true)
        #expect(lines.contains("the bytes of columns are not known"))
        #expect(lines.last == "the store is read-only: fdatasync failed")
    }

    @Test("know what lies inside a data directory")
    func containment() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("tickgate-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let data = root.appendingPathComponent("data")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        let link = root.appendingPathComponent("link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: data)
        for inside in ["data", "data/", "data/backup/1", "link/backup", "other/../data/x", "data/./y"] {
            #expect(DataDirectory.contains("\(root.path)/\(inside)", in: data.path), "\(inside)")
        }
        for outside in ["data2", "backup", "data/../backup", "link2"] {
            #expect(!DataDirectory.contains("\(root.path)/\(outside)", in: data.path), "\(outside)")
        }
    }

    @Test("take times as text or nanoseconds")
    func times() {
        #expect(ExportTime(argument: "1970-01-02")?.nanoseconds == 86_400_000_000_000)
        #expect(ExportTime(argument: "1970-01-01T00:00:01.5Z")?.nanoseconds == 1_500_000_000)
        #expect(ExportTime(argument: "1723161255342000000")?.nanoseconds == 1_723_161_255_342_000_000)
        #expect(ExportTime(argument: "1971")?.nanoseconds == 31_536_000_000_000_000)
        #expect(ExportTime(argument: "yesterday") == nil)
    }
}
