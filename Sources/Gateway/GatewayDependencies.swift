public import Columnar
public import Engine
public import MarketStore
public import NIOCore

/// What a gateway serves.
public struct GatewayDependencies: Sendable {
    /// The loops of its connections: those of ``streams``.
    public var group: any EventLoopGroup
    /// Latest values and subscriptions; the shards publish to the same.
    public var streams: StreamHubs
    /// Runs queries.
    public var queries: any QueryRunner
    /// The tables as they are now.
    public var tables: @Sendable () -> [TableSchema]
    /// Takes replays; nil if there is no feed to replay into.
    public var replay: (any ReplayService)?
    /// Looks after the store; nil if there is none to look after.
    public var administration: (any StoreAdministration)?
    /// Decides who may do what.
    public var authorizer: any Authorizer
    /// Shown on `/metrics`; the gateway adds its own.
    public var metrics: MetricsRegistry
    /// The virtual tables of the engine behind ``queries``: the gateway adds `system.queries` and `system.metrics`.
    public var system: VirtualTables
    /// The feature views that there are; nil if none can be.
    public var featureViews: FeatureViewRegistry?
    /// What MarketStore's clients call; nil if they are not served.
    public var dataService: (any DataService)?
    /// MarketStore's stream; nil if there is none.
    public var bucketStream: BucketStream?
    /// Why the process is not ready to serve; empty if it is. Called on an event loop, so it must be quick.
    public var readiness: @Sendable () -> [String]

    /// Creates the set.
    public init(
        group: any EventLoopGroup,
        streams: StreamHubs,
        queries: any QueryRunner,
        tables: @escaping @Sendable () -> [TableSchema],
        replay: (any ReplayService)? = nil,
        administration: (any StoreAdministration)? = nil,
        authorizer: any Authorizer = AdminTokenAuthorizer(token: nil),
        metrics: MetricsRegistry = MetricsRegistry(),
        system: VirtualTables = VirtualTables(),
        featureViews: FeatureViewRegistry? = nil,
        dataService: (any DataService)? = nil,
        bucketStream: BucketStream? = nil,
        readiness: @escaping @Sendable () -> [String] = { [] }
    ) {
        self.group = group
        self.streams = streams
        self.queries = queries
        self.tables = tables
        self.replay = replay
        self.administration = administration
        self.authorizer = authorizer
        self.metrics = metrics
        self.system = system
        self.featureViews = featureViews
        self.dataService = dataService
        self.bucketStream = bucketStream
        self.readiness = readiness
    }
}
