import ArgumentParser
import Columnar
import Engine
import MarketStore
import NIOCore
import QueryLang
import Store

/// Where buckets are: a data directory that no process has open, or a running gateway.
struct BucketTarget: ParsableArguments {
    @Option(help: ArgumentHelp("A data directory that no process has open; made if it is not there.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("A running gateway, such as http://127.0.0.1:8080.", valueName: "url"))
    var url: String?

    func validate() throws {
        guard data == nil || url == nil else { throw ValidationError("give --data DIR or --url URL, not both") }
    }

    /// Whether there is a target at all.
    var isGiven: Bool { data != nil || url != nil }

    /// Opens the buckets, and what runs statements beside them, for as long as `body` runs.
    ///
    /// - Parameter zone: the zone of daily and longer slots, if a data directory is opened.
    func withBuckets<Result>(
        zone: ZoneRules,
        _ body: (any DataService, any Statements) throws -> Result
    ) throws -> Result {
        if let url {
            let buckets = try RemoteBuckets(base: url)
            return try body(buckets, buckets)
        }
        guard let data else { throw CommandError.Failure("give --data DIR, or --url URL of a gateway") }
        let store: Store
        do throws(TableError) {
            store = try Store.open(directory: data)
        } catch {
            guard error.code == .io, error.message.contains("in use") else { throw error }
            throw CommandError.Failure("\(error.message), or write through the gateway that has it: --url URL")
        }
        defer { store.close() }
        // A gateway has these, and buckets may not take their names.
        for schema in MarketTables.schemas where store.snapshot().catalog.schema(named: schema.name) == nil {
            try store.createTable(schema)
        }
        let engine = QueryEngine(source: store, threads: System.coreCount, writer: store)
        let service = try MarketStoreService(store: store, engine: engine, zone: zone, version: Tickgate.version)
        return try body(service, EngineStatements(engine: engine))
    }
}
