import Columnar
import MarketStore

/// MarketStore's service over the store of a process.
enum MarketStores {
    /// The service as it is configured, its buckets names in every statement; nil if it is switched off.
    static func service(_ configuration: Configuration, _ pipeline: Pipeline) throws(TableError) -> MarketStoreService?
    {
        guard configuration.isMarketStoreEnabled else { return nil }
        let service = try MarketStoreService(
            store: pipeline.store,
            engine: pipeline.engine,
            zone: configuration.marketStoreZone,
            version: "tickgate-\(Tickgate.version)",
            allowsDestroy: configuration.isMarketStoreDestroyAllowed
        )
        pipeline.system.setViews(service.views)
        return service
    }
}
