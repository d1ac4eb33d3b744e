/// One key of the configuration: its place in the file, the variable, the flag, and what values it takes.
struct Setting: Sendable {
    /// What values are allowed.
    enum Kind: Sendable, Equatable {
        /// Any text.
        case text
        /// One of these words.
        case choice([String])
        /// An integer in a range.
        case integer(ClosedRange<Int>)
        /// true or false.
        case boolean
        /// Texts separated by commas; a list in the file.
        case list
        /// Tables or views with durations; a mapping in the file.
        case retention
    }

    /// Path in the YAML file, such as `feed.kind`.
    let key: String
    /// Allowed values.
    let kind: Kind
    /// The value if nobody says otherwise, as text.
    let fallback: String
    /// What it does, in a sentence.
    let help: String

    /// The environment variable: `TICKGATE_FEED_KIND` for `feed.kind`.
    var variable: String {
        "TICKGATE_" + key.uppercased().replacing(".", with: "_")
    }

    /// Says what is wrong with a text, or nil if it is a value of this setting.
    func problem(with text: String) -> String? {
        switch kind {
        case .text, .list:
            return nil
        case .choice(let words):
            return words.contains(text) ? nil : "must be one of \(words.joined(separator: ", "))"
        case .integer(let range):
            guard let number = Int(text), range.contains(number) else {
                return "must be an integer from \(range.lowerBound) to \(range.upperBound)"
            }
            return nil
        case .boolean:
            return text == "true" || text == "false" ? nil : "must be true or false"
        case .retention:
            do throws(ConfigurationError) {
                _ = try Retention(text)
                return nil
            } catch {
                return error.message
            }
        }
    }
}

extension Setting {
    /// Every key, in the order of the shipped example.
    static let all: [Setting] = [
        Setting(key: "data", kind: .text, fallback: "./data", help: "Directory of the store; created if absent."),
        Setting(
            key: "listen",
            kind: .text,
            fallback: "127.0.0.1:8080",
            help: "Address of the gateway, HOST:PORT; port 0 takes a free one."
        ),
        Setting(
            key: "insecure_anonymous",
            kind: .boolean,
            fallback: "false",
            help:
                "Allow an address that is not loopback without authentication: whoever reaches it may read and write."
        ),
        Setting(
            key: "insecure_admin",
            kind: .boolean,
            fallback: "false",
            help: "Let everybody drop tables and administer without the admin token: for a scratch server on loopback."
        ),
        Setting(
            key: "allowed_hosts",
            kind: .list,
            fallback: "",
            help: "Host names that requests may name besides localhost and the listening address."
        ),
        Setting(
            key: "allowed_origins",
            kind: .list,
            fallback: "",
            help: "Origins of web pages that may open streams and change things, besides the gateway's own."
        ),
        Setting(
            key: "public",
            kind: .text,
            fallback: "",
            help: "Directory of the console page; empty finds it."
        ),
        Setting(
            key: "http.connections",
            kind: .integer(1...1_000_000),
            fallback: "16384",
            help:
                "Open connections; further ones are closed at once. Fewer where the system allows the process fewer files."
        ),
        Setting(
            key: "shards",
            kind: .integer(0...64),
            fallback: "0",
            help: "Event loops, each with its share of instruments and subscribers; 0 is one a core."
        ),
        Setting(
            key: "log_level",
            kind: .choice(["trace", "debug", "info", "notice", "warning", "error"]),
            fallback: "info",
            help: "The least severity that is logged, to standard error."
        ),
        Setting(
            key: "feed.kind",
            kind: .choice(["none", "simulated", "binance"]),
            fallback: "none",
            help:
                "Where events come from: nowhere (replays only), a simulated exchange in the process, or Binance spot."
        ),
        Setting(
            key: "feed.symbols",
            kind: .list,
            fallback: "BTC-USDT,ETH-USDT,SOL-USDT",
            help: "Instruments to follow, without the venue."
        ),
        Setting(
            key: "binance.websocket_url",
            kind: .text,
            fallback: "wss://stream.binance.com:9443",
            help: "Stream endpoint: the venue's, or a simulator's."
        ),
        Setting(
            key: "binance.rest_url",
            kind: .text,
            fallback: "https://api.binance.com",
            help: "REST endpoint for instruments and book snapshots."
        ),
        Setting(
            key: "binance.ca_file",
            kind: .text,
            fallback: "",
            help: "PEM file of the certificate authority to trust instead of the system's."
        ),
        Setting(
            key: "binance.microseconds",
            kind: .boolean,
            fallback: "false",
            help: "Ask the venue for event times in microseconds instead of milliseconds."
        ),
        Setting(
            key: "binance.silence_seconds",
            kind: .integer(1...3600),
            fallback: "30",
            help: "A connection without a frame for this long counts as dead: books go stale, the feed reconnects."
        ),
        Setting(
            key: "simulated.rate",
            kind: .integer(1...1_000_000),
            fallback: "200",
            help: "Messages a second of the simulated exchange, over all its instruments."
        ),
        Setting(
            key: "simulated.seed",
            kind: .integer(0...Int.max),
            fallback: "1",
            help: "Seed of the simulated market: the same seed gives the same prices."
        ),
        Setting(
            key: "store.memtable_bytes",
            kind: .integer(1_048_576...17_179_869_184),
            fallback: "67108864",
            help: "Rows in memory before they are written to segments, in bytes."
        ),
        Setting(
            key: "store.queue_bytes",
            kind: .integer(1_048_576...17_179_869_184),
            fallback: "67108864",
            help: "Writes that may wait for the disk, in bytes; beyond it writers are told to wait."
        ),
        Setting(
            key: "store.read_mode",
            kind: .choice(["mapped", "buffered"]),
            fallback: "mapped",
            help:
                "How segments are read: mapped into memory, or copied, for a disk whose read errors must not end the process."
        ),
        Setting(
            key: "store.compaction",
            kind: .choice(["on", "off"]),
            fallback: "on",
            help: "Whether small and overlapping segments are merged in the background."
        ),
        Setting(
            key: "store.compaction_bytes_per_second",
            kind: .integer(0...17_179_869_184),
            fallback: "209715200",
            help: "What merging may read and write a second, in bytes; 0 is no limit."
        ),
        Setting(
            key: "store.retention",
            kind: .retention,
            fallback: "",
            help: "How long rows are kept, by table: 12h, 30d, 52w, or none for ever; other tables stay as they are."
        ),
        Setting(
            key: "query.workers",
            kind: .integer(1...64),
            fallback: "2",
            help: "Queries that compute at the same time."
        ),
        Setting(
            key: "query.threads",
            kind: .integer(0...64),
            fallback: "0",
            help: "Threads that may compute one query, the helpers shared by all; 0 for one a core."
        ),
        Setting(
            key: "query.queue",
            kind: .integer(0...10_000),
            fallback: "64",
            help: "Queries that may wait to be begun; beyond it the answer is 503 with Retry-After."
        ),
        Setting(
            key: "query.queue_wait_ms",
            kind: .integer(1...86_400_000),
            fallback: "10000",
            help: "A query that was not begun in this time is refused in the same way."
        ),
        Setting(
            key: "query.readers",
            kind: .integer(0...10_000),
            fallback: "16",
            help:
                "Answers that may wait for their readers, beside the queries that compute; each holds its query's memory."
        ),
        Setting(
            key: "query.timeout_ms",
            kind: .integer(1...86_400_000),
            fallback: "60000",
            help:
                "A query that takes longer, from its arrival to its last row, is stopped; a request may only ask for less."
        ),
        Setting(
            key: "query.memory_bytes",
            kind: .integer(1_048_576...1_099_511_627_776),
            fallback: "536870912",
            help: "What one query may hold in memory; one that needs more is stopped."
        ),
        Setting(
            key: "stream.queue_bytes",
            kind: .integer(65_536...1_073_741_824),
            fallback: "8388608",
            help: "Bytes that may wait for one subscriber; beyond it the stream conflates or closes, as it chose."
        ),
        Setting(
            key: "stream.heartbeat_seconds",
            kind: .integer(1...3600),
            fallback: "5",
            help: "Seconds between heartbeats on a stream."
        ),
        Setting(
            key: "stream.resume_events",
            kind: .integer(0...10_000_000),
            fallback: "100000",
            help: "Updates of all instruments that are held for subscribers that come back; 0 holds none."
        ),
        Setting(
            key: "stream.resume_seconds",
            kind: .integer(1...86_400),
            fallback: "600",
            help: "How long an update is held for them."
        ),
        Setting(
            key: "stream.resume_bytes",
            kind: .integer(65_536...17_179_869_184),
            fallback: "67108864",
            help: "Memory for the updates that are held, in bytes."
        ),
        Setting(
            key: "stream.query_resume_seconds",
            kind: .integer(0...3600),
            fallback: "60",
            help:
                "How long the changes of a followed query are held after its last subscriber left; its plan works as long."
        ),
        Setting(
            key: "features.ttl",
            kind: .retention,
            fallback: "book_features@v1=60s,trade_features@v1=10m",
            help:
                "How long the latest values of a feature view are fresh after an event confirmed them; then they are STALE."
        ),
        Setting(
            key: "features.checkpoint_seconds",
            kind: .integer(0...86_400),
            fallback: "300",
            help:
                "Seconds from one checkpoint of the feature views' state to the next; 0 for none: then a start reads all history."
        ),
        Setting(
            key: "features.checkpoint_bytes",
            kind: .integer(1_048_576...17_179_869_184),
            fallback: "268435456",
            help: "What the checkpoints of all feature views may take on disk, in bytes."
        ),
        Setting(
            key: "replay.line_bytes",
            kind: .integer(65_536...1_073_741_824),
            fallback: "67108864",
            help: "The longest recorded line that a replay takes."
        ),
        Setting(
            key: "marketstore.enabled",
            kind: .boolean,
            fallback: "true",
            help: "Serve MarketStore's clients: POST /rpc and /heartbeat."
        ),
        Setting(
            key: "marketstore.listen",
            kind: .text,
            fallback: "",
            help: "A second address of the gateway, such as 127.0.0.1:5993, which those clients call by default."
        ),
        Setting(
            key: "marketstore.timezone",
            kind: .text,
            fallback: "UTC",
            help: "The time zone whose calendar slots from a day up follow, in buckets that are made from now on."
        ),
        Setting(
            key: "marketstore.destroy",
            kind: .boolean,
            fallback: "true",
            help: "Let these clients destroy buckets, without the admin token."
        ),
        Setting(
            key: "marketstore.body_bytes",
            kind: .integer(65_536...2_147_483_648),
            fallback: "268435456",
            help: "The longest body of a call; a write of 525,600 rows with six columns has about 25 MB."
        ),
        Setting(
            key: "marketstore.grpc_listen",
            kind: .text,
            fallback: "",
            help:
                "Address of MarketStore's gRPC service, HOST:PORT, 127.0.0.1:5995 by custom; empty for none. Of tickgate-grpc."
        ),
        Setting(
            key: "marketstore.grpc_message_bytes",
            kind: .integer(65_536...2_147_483_647),
            fallback: "1073741824",
            help: "The largest request or answer of gRPC, in bytes."
        ),
    ]

    /// Every key and every group of keys, for hints.
    static let names: [String] = {
        var names = all.map(\.key)
        for key in names {
            if let dot = key.firstIndex(of: "."), !names.contains(String(key[..<dot])) {
                names.append(String(key[..<dot]))
            }
        }
        return names
    }()

    /// The setting of a key.
    static func named(_ key: String) -> Setting? { all.first { $0.key == key } }
}
