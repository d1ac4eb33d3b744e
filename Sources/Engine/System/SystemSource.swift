import Columnar
import QueryLang
import Synchronization

/// The tables of a store, its views, and the virtual tables of the process, as one source.
struct SystemSource: TableSource {
    let stored: any TableSource
    let tables: VirtualTables

    func snapshot() -> any TableSnapshot { SystemSnapshot(stored: stored.snapshot(), tables: tables) }
}

private struct SystemSnapshot: TableSnapshot {
    let stored: any TableSnapshot
    let tables: VirtualTables
    private let system: SystemCatalog

    init(stored: any TableSnapshot, tables: VirtualTables) {
        self.stored = stored
        self.tables = tables
        self.system = SystemCatalog(stored: stored, virtual: tables)
    }

    var catalog: any CatalogReader { system }
    var committed: LSN { stored.committed }

    func changes(of table: String, since lsn: LSN) -> TableChanges { stored.changes(of: table, since: lsn) }

    func scan(_ request: ScanRequest) throws(TableError) -> any TableScan {
        if request.table.hasSuffix(TableFamily.suffix), stored.catalog.schema(named: request.table) == nil,
            let family = system.tables(ofFamily: request.table)
        {
            return try FamilyScan(family, request, stored)
        }
        guard VirtualTables.isReserved(request.table), stored.catalog.schema(named: request.table) == nil,
            let table = tables.table(named: request.table)
        else { return try stored.scan(request) }
        return try VirtualScan(table, request, self)
    }
}

/// Stored tables by their names, virtual ones only by name, and views.
private final class SystemCatalog: CatalogReader {
    private let stored: any TableSnapshot
    private let virtual: VirtualTables
    /// Read once: the state does not change.
    private let known = Mutex<[ViewDefinition]?>(nil)
    private let knownMaterialized = Mutex<[MaterializedViewDefinition]?>(nil)
    private let knownFeatures = Mutex<[FeatureViewDefinition]?>(nil)

    init(stored: any TableSnapshot, virtual: VirtualTables) {
        self.stored = stored
        self.virtual = virtual
    }

    var tables: [TableSchema] { stored.catalog.tables.filter { !VirtualTables.isReserved($0.name) } }

    func schema(named name: String) -> TableSchema? {
        if let schema = stored.catalog.schema(named: name) { return schema }
        if name.hasSuffix(TableFamily.suffix) { return tables(ofFamily: name)?.schema }
        return VirtualTables.isReserved(name) ? virtual.table(named: name)?.schema : nil
    }

    func family(named name: String) -> TableSchema? { TableFamily(named: name, stored.catalog)?.schema }

    /// The tables behind the name of a whole family.
    func tables(ofFamily name: String) -> TableFamily? {
        TableFamily(named: String(name.dropLast(TableFamily.suffix.count)), stored.catalog)
    }

    func timeToLive(of table: String) -> Int64? { stored.catalog.timeToLive(of: table) }

    func materializedViews() throws(TableError) -> [MaterializedViewDefinition] {
        if let views = knownMaterialized.withLock({ $0 }) { return views }
        let views = try MaterializedViewTables.definitions(stored)
        knownMaterialized.withLock { $0 = views }
        return views
    }

    func views() throws(TableError) -> [ViewDefinition] {
        if let views = known.withLock({ $0 }) { return views }
        let views = try ViewTable.views(stored, stored.catalog)
        known.withLock { $0 = views }
        return views
    }

    func view(named name: String) throws(TableError) -> ViewDefinition? {
        let wanted = name.lowercased()
        if let stored = try views().first(where: { $0.name.lowercased() == wanted }) { return stored }
        return virtual.views?.view(named: name)
    }

    var bucketZone: ZoneRules { virtual.views?.zone ?? .utc }

    func featureViews() throws(TableError) -> [FeatureViewDefinition] {
        if let views = knownFeatures.withLock({ $0 }) { return views }
        let views = try FeatureViewTable.definitions(stored, stored.catalog)
        knownFeatures.withLock { $0 = views }
        return views
    }
}
