import Columnar
import Foundation
import Gateway
import Store

/// The open store of this process, as the gateway and the commands look after it.
struct LiveStore: StoreAdministration {
    let store: Store
    let directory: String

    /// See ``StoreAdministration/status()``.
    func status() throws(TableError) -> StoreStatus {
        let statistics = store.statistics
        var status = StoreStatus()
        status.walBytes = Self.walBytes(directory)
        status.memtableBytes = Int64(statistics.memtableBytes)
        status.readOnlyReason = statistics.readOnlyReason
        let catalog = store.catalog
        status.tables = try store.tableStatistics().sorted { $0.name < $1.name }.compactMap { table in
            catalog.schema(named: table.name).map { Self.status(table, $0, store.timeToLive(of: table.name)) }
        }
        return status
    }

    /// See ``StoreAdministration/backup(to:)``.
    func backup(to target: String) throws(TableError) {
        guard !DataDirectory.contains(target, in: directory) else {
            throw TableError(
                .invalid,
                "\(target) is inside the data directory \(directory), and would be lost with it; choose another place, "
                    + "best on the same disk, where a backup takes no space of its own"
            )
        }
        try store.backup(to: target)
    }

    /// See ``StoreAdministration/compact()``.
    func compact() throws(TableError) { try store.compact() }

    private static func status(
        _ table: TableStatistics,
        _ schema: TableSchema,
        _ timeToLive: Int64?
    )
        -> StoreStatus.Table
    {
        let kind = if case .event = schema.kind { "event" } else { "regular" }
        var status = StoreStatus.Table(name: table.name, kind: kind, partition: "\(schema.partition)")
        status.series = Int64(table.series)
        status.rows = Int64(clamping: table.rows)
        status.memtableRows = Int64(clamping: table.memtableRows)
        status.segments = Int64(table.segments)
        status.bytes = Int64(clamping: table.bytes)
        status.firstTime = table.firstTime.map(CivilTime.text)
        status.lastTime = table.lastTime.map(CivilTime.text)
        status.timeToLiveSeconds = timeToLive.map { $0 / CivilTime.second }
        status.columns = table.columns.map { StoreStatus.Table.Column(name: $0.name, bytes: Int64(clamping: $0.bytes)) }
        return status
    }

    /// Bytes of the WAL's files; one that goes meanwhile counts as nothing.
    private static func walBytes(_ directory: String) -> Int64 {
        DataDirectory.walFiles(directory).reduce(0) { $0 + DataDirectory.byteCount("\(directory)/\($1)") }
    }
}
