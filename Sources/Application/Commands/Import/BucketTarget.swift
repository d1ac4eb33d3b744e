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

    /// Opens the buckets for as long as `body` runs.
    ///
    /// - Parameter zone: the zone of daily and longer slots, if a data directory is opened.
    func withBuckets<Result>(
        zone: ZoneRules,
        _ body: (any DataService) throws -> Result
    ) throws -> Result {
        if let url { return try body(try RemoteBuckets(base: url)) }
        guard let data else { throw CommandError.Failure("give --data DIR, or --url URL of a gateway") }
        let store: Store
        do throws(TableError) {
            store = try Store.open(directory: data)
        } catch {
            guard error.code == .io, error.message.contains("in use") else { throw error }
            throw CommandError.Failure("\(error.message), or write through the gateway that has it: --url URL")
        }
        defer { store.close() }
        let engine = QueryEngine(source: store, threads: System.coreCount, writer: store)
        let service = try MarketStoreService(store: store, engine: engine, zone: zone, version: Tickgate.version)
        return try body(service)
    }
}
