import Columnar
import Gateway

/// The settings with their types.
struct Configuration: Sendable {
    /// Where events come from.
    enum Feed: String, Sendable {
        case none, simulated, binance
    }

    /// Host and port to listen on.
    struct Address: Sendable, Equatable, CustomStringConvertible {
        var host: String
        var port: Int

        /// Reads `HOST:PORT`, `[v6]:PORT` or `:PORT`.
        init(_ text: String, key: String = "listen") throws(ConfigurationError) {
            guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
                (0...65_535).contains(port)
            else { throw ConfigurationError("\(key) must be HOST:PORT with a port from 0 to 65535, not '\(text)'") }
            var host = String(text[..<colon])
            if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
            self.host = host.isEmpty ? "127.0.0.1" : host
            self.port = port
        }

        var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    let settings: ResolvedSettings
    let listen: Address
    let retention: Retention
    /// Of the latest values, by feature view.
    let featureTimesToLive: Retention
    /// Where MarketStore's clients are served besides; nil for nowhere.
    let marketStoreListen: Address?
    /// The time zone of MarketStore's buckets.
    let marketStoreZone: ZoneRules
    /// Where MarketStore's gRPC listens; nil for nowhere.
    let grpcListen: Address?

    init(_ settings: ResolvedSettings) throws(ConfigurationError) {
        self.settings = settings
        self.listen = try Address(settings.text("listen"))
        self.retention = try Retention(settings.text("store.retention"))
        self.featureTimesToLive = try Retention(settings.text("features.ttl"))
        let second = settings.text("marketstore.listen")
        self.marketStoreListen = second.isEmpty ? nil : try Address(second, key: "marketstore.listen")
        let zone = settings.text("marketstore.timezone")
        guard let rules = ZoneRules(named: zone) else {
            throw ConfigurationError(
                "marketstore.timezone: there is no time zone '\(zone)'; write UTC or a name such as America/New_York"
            )
        }
        self.marketStoreZone = rules
        let grpc = settings.text("marketstore.grpc_listen")
        self.grpcListen = grpc.isEmpty ? nil : try Address(grpc, key: "marketstore.grpc_listen")
        guard !isInsecureAdmin || BindPolicy.isLoopback(listen.host) else {
            throw ConfigurationError(
                "insecure_admin: only for an address that is loopback, and \(listen.host) is none: whoever reaches it could "
                    + "drop tables"
            )
        }
    }

    var data: String { settings.text("data") }
    var isInsecureAnonymous: Bool { boolean("insecure_anonymous") }
    var isInsecureAdmin: Bool { boolean("insecure_admin") }
    var allowedHosts: [String] { list("allowed_hosts") }
    var allowedOrigins: [String] { list("allowed_origins") }
    var publicDirectory: String? { optional("public") }
    var shards: Int { integer("shards") }
    var logLevel: String { settings.text("log_level") }
    var feed: Feed { Feed(rawValue: settings.text("feed.kind")) ?? .none }
    var symbols: [String] { list("feed.symbols").map { $0.uppercased() } }
    var binanceWebSocketURL: String { settings.text("binance.websocket_url") }
    var binanceRestURL: String { settings.text("binance.rest_url") }
    var binanceCAFile: String? { optional("binance.ca_file") }
    var isMicroseconds: Bool { boolean("binance.microseconds") }
    var silenceSeconds: Int { integer("binance.silence_seconds") }
    var simulatedRate: Int { integer("simulated.rate") }
    var simulatedSeed: UInt64 { UInt64(integer("simulated.seed")) }
    var memtableBytes: Int { integer("store.memtable_bytes") }
    var storeQueueBytes: Int { integer("store.queue_bytes") }
    var isReadingMapped: Bool { settings.text("store.read_mode") == "mapped" }
    var isCompacting: Bool { settings.text("store.compaction") == "on" }
    var compactionBytesPerSecond: Int { integer("store.compaction_bytes_per_second") }
    var queryWorkers: Int { integer("query.workers") }
    var queryThreads: Int { integer("query.threads") }
    var queryQueue: Int { integer("query.queue") }
    var queryQueueWaitMilliseconds: Int { integer("query.queue_wait_ms") }
    var queryReaders: Int { integer("query.readers") }
    var queryMemoryBytes: Int { integer("query.memory_bytes") }
    var queryTimeoutMilliseconds: Int { integer("query.timeout_ms") }
    var streamQueueBytes: Int { integer("stream.queue_bytes") }
    var resumeEvents: Int { integer("stream.resume_events") }
    var resumeSeconds: Int { integer("stream.resume_seconds") }
    var resumeBytes: Int { integer("stream.resume_bytes") }
    var queryResumeSeconds: Int { integer("stream.query_resume_seconds") }
    var connections: Int { integer("http.connections") }
    var heartbeatSeconds: Int { integer("stream.heartbeat_seconds") }
    var grpcMessageBytes: Int { integer("marketstore.grpc_message_bytes") }
    var checkpointSeconds: Int { integer("features.checkpoint_seconds") }
    var checkpointBytes: Int { integer("features.checkpoint_bytes") }
    var replayLineBytes: Int { integer("replay.line_bytes") }
    var isMarketStoreEnabled: Bool { boolean("marketstore.enabled") }
    var isMarketStoreDestroyAllowed: Bool { boolean("marketstore.destroy") }
    var marketStoreBodyBytes: Int { integer("marketstore.body_bytes") }

    private func integer(_ key: String) -> Int {
        guard let value = Int(settings.text(key)) else { preconditionFailure("BUG: \(key) was not validated") }
        return value
    }

    private func boolean(_ key: String) -> Bool { settings.text(key) == "true" }

    private func optional(_ key: String) -> String? {
        let text = settings.text(key)
        return text.isEmpty ? nil : text
    }

    private func list(_ key: String) -> [String] {
        settings.text(key).split(separator: ",").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
