import Columnar
import Foundation
import Gateway
import Store
import Testing

@testable import Application

@Suite("The metrics of a store")
struct StoreMetricsTests {
    @Test("name a bounded number of tables, the oldest, and count them all")
    func tablesAreBounded() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("tickgate-\(UUID().uuidString)")
            .path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = try Store.open(directory: directory)
        defer { store.close() }
        let registry = MetricsRegistry()
        StoreMetrics.register(in: registry, store: store)
        #expect(registry.text().contains("tickgate_tables 0\n"))
        for number in 0..<StoreMetrics.tablesMax + 5 {
            let columns = [Column("time", .timestamp), Column("symbol", .symbol)]
            let schema = try #require(TableSchema(name: "t\(number)", kind: .event, columns: columns))
            try store.createTable(schema)
        }
        let lines = registry.text().split(separator: "\n")
        #expect(lines.contains("tickgate_tables \(StoreMetrics.tablesMax + 5)"))
        for name in ["bytes", "rows", "segments"] {
            let samples = lines.filter { $0.hasPrefix("tickgate_table_\(name){") }
            #expect(samples.count == StoreMetrics.tablesMax)
            #expect(samples.contains("tickgate_table_\(name){table=\"t0\"} 0"))
        }
    }
}
