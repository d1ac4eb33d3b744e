import Columnar
import Engine
import Foundation

/// Turns MarketStore's `mkts.yml` into a `tickgate.yaml`: what has a counterpart as a setting, the rest as comments that say
/// what is done instead.
struct ConfigurationImport {
    private let source: MktsConfiguration
    private var settings: [(key: String, value: String, comments: [String])] = []
    private var notes: [String] = []

    /// Keys that need no counterpart, and why.
    private static let needless: [String: String] = [
        "stop_grace_period": "a stop waits for the answers that are under way",
        "wal_rotate_interval": "the write-ahead log is cut when its rows are in segments",
        "disable_variable_compression": "every column is stored in the smallest form that reads fast",
        "init_catalog": "the catalogue is always read at the start",
        "init_wal_cache": "the write-ahead log is always there",
        "background_sync": "an acknowledged write is always on disk",
        "wal_bypass": "no write passes by the write-ahead log: an acknowledged write is never lost",
        "queryable": "a gateway always answers",
        "stale_threshold": "MarketStore knows it no more, either",
        "enable_add": "MarketStore knows it no more, either",
        "enable_remove": "MarketStore knows it no more, either",
        "enable_last_known": "MarketStore knows it no more, either",
        "cluster_mode": "MarketStore knows it no more, either",
        "utilities_url": "metrics, health and profiles are on the gateway's own address: /metrics, /health/ready",
    ]

    /// Reads what a configuration says.
    init(_ source: MktsConfiguration) {
        self.source = source
        for key in source.keys { take(key.name, key.line, key.text) }
    }

    /// The text of a `tickgate.yaml`.
    var yaml: String {
        var lines = ["# Made of \(source.path) by tickgate config import. Keys that are not here have their defaults."]
        var group: Substring = ""
        for setting in settings.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
            let parts = setting.key.split(separator: ".", maxSplits: 1)
            let indent = parts.count == 2 ? "  " : ""
            if parts.count == 2, parts[0] != group {
                group = parts[0]
                lines += ["", "\(group):"]
            }
            lines += setting.comments.map { "\(indent)# \($0)" }
            lines.append("\(indent)\(parts[parts.count - 1]): \(setting.value)")
        }
        if !notes.isEmpty { lines += ["", "# Without a counterpart:"] + notes.map { "# - \($0)" } }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Keys of the first level come before groups, which would swallow them.
    private static func order(_ key: String) -> (Int, Int) {
        (key.contains(".") ? 1 : 0, Setting.all.firstIndex { $0.key == key } ?? 0)
    }

    private mutating func set(_ key: String, _ value: String, _ comments: String...) {
        settings.append((key, value, comments))
    }

    /// A text as a scalar of YAML, in quotes where it might be read as something else.
    private static func scalar(_ text: String) -> String {
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._/:-+".contains($0)) }
        if isPlain, text.first?.isLetter == true || text.first?.isNumber == true { return text }
        return "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    private mutating func note(_ text: String) { notes.append(text) }

    private mutating func take(_ name: String, _ line: Int, _ text: String?) {
        switch name {
        case "root_directory":
            let root = text ?? "DIR"
            let data = Self.dataDirectory(besides: root)
            set(
                "data",
                data,
                "The rows are brought over once: tickgate import marketstore \(root) --config \(source.path) --data \(data)"
            )
        case "listen_port": listen(text ?? "")
        case "grpc_max_send_msg_size", "grpc_max_recv_msg_size": messageBytes()
        case "listen_host": if source.text("listen_port") == nil { listen("5993") }
        case "log_level": logLevel(text ?? "")
        case "timezone": timezone(text ?? "")
        case "grpc_listen_port": gRPC(text ?? "")
        case "replication": replication()
        case "triggers": for plugin in source.plugins(name) { trigger(plugin) }
        case "bgworkers": for plugin in source.plugins(name) { worker(plugin) }
        default:
            if let reason = Self.needless[name] {
                note("\(name): \(reason).")
            } else {
                note("\(name) (line \(line)): neither MarketStore nor Tickgate knows it.")
            }
        }
    }

    /// A directory for the store: `./data`, unless MarketStore's own is called that.
    private static func dataDirectory(besides root: String) -> String {
        let paths = ["./data", root].map { URL(fileURLWithPath: $0).standardizedFileURL.path + "/" }
        return paths[0].hasPrefix(paths[1]) || paths[1].hasPrefix(paths[0]) ? "./tickgate-data" : "./data"
    }

    private mutating func listen(_ port: String) {
        guard UInt16(port) != nil else {
            return note("listen_port: '\(port)' is no port; marketstore.listen takes one.")
        }
        let host = source.text("listen_host") ?? ""
        let isEverywhere = host.isEmpty || host == "0.0.0.0" || host == "::"
        let why = "Where MarketStore's clients call; the gateway's own address is 'listen'."
        guard isEverywhere else {
            return set("marketstore.listen", Self.scalar("\(host.contains(":") ? "[\(host)]" : host):\(port)"), why)
        }
        set(
            "marketstore.listen",
            Self.scalar("127.0.0.1:\(port)"),
            why,
            "MarketStore listened on every address, for everybody. Another address than loopback needs",
            "insecure_anonymous: true, or a proxy before it that knows who may come in."
        )
    }

    private mutating func logLevel(_ text: String) {
        let levels = [
            "fatal": "error", "error": "error", "warning": "warning", "warn": "warning", "info": "info",
            "debug": "debug",
        ]
        guard let level = levels[text] else { return note("log_level: '\(text)' is no level; info is used.") }
        if text == "warn" { return set("log_level", level, "MarketStore took 'warn' for info.") }
        set("log_level", level)
    }

    private mutating func timezone(_ text: String) {
        let key = "marketstore.timezone"
        if text.isEmpty { return }
        guard Setting.named(key) != nil else {
            return note(
                "timezone: times are UTC; a query names a zone where it needs one, and imports take --zone \(text)."
            )
        }
        guard ZoneRules(named: text) != nil else {
            return note(
                "timezone: there is no time zone '\(text)'; slots are those of UTC until marketstore.timezone names one."
            )
        }
        set(key, text)
    }

    /// The larger of the two sizes, which MarketStore has in megabytes.
    private mutating func messageBytes() {
        let key = "marketstore.grpc_message_bytes"
        guard Setting.named(key) != nil, !settings.contains(where: { $0.key == key }) else { return }
        let sizes = ["grpc_max_recv_msg_size", "grpc_max_send_msg_size"].compactMap { source.text($0) }
        guard let largest = sizes.compactMap({ Int($0) }).filter({ (1...2_047).contains($0) }).max() else {
            return note(
                "grpc_max_…_msg_size: '\(sizes.joined(separator: "', '"))' is no size from 1 to 2047 megabytes."
            )
        }
        set(key, "\(largest << 20)", "The larger of grpc_max_recv_msg_size and grpc_max_send_msg_size.")
    }

    private mutating func gRPC(_ text: String) {
        // Only the program tickgate-grpc has that setting.
        let key = "marketstore.grpc_listen"
        guard !text.isEmpty else { return }
        guard Setting.named(key) != nil else {
            return note("grpc_listen_port: \(text): the program tickgate-grpc serves MarketStore's gRPC.")
        }
        guard UInt16(text) != nil else {
            return note("grpc_listen_port: '\(text)' is no port; marketstore.grpc_listen takes one.")
        }
        set(key, Self.scalar("127.0.0.1:\(text)"), "Served by the program tickgate-grpc.")
    }

    private mutating func replication() {
        let role = source.text("replication", "master_host").map { $0.isEmpty ? "" : ", of \($0)" } ?? ""
        note(
            "replication\(role): Tickgate has none of its own. tickgate store backup copies a store while it is written; several "
                + "gateways can follow the same feed."
        )
    }

    private mutating func trigger(_ plugin: MktsConfiguration.Plugin) {
        switch plugin.module {
        case "stream":
            note(
                "trigger stream on \(plugin.pattern): nothing is to be configured; every write is told to /ws and /v1/stream."
            )
            if plugin.settings["filter"]?.first == Self.sessionFilter {
                note("  its filter nasdaq: a day's bar is told when its day ends, not when the market closes.")
            }
        case "ondiskagg":
            let targets = (plugin.settings["destinations"] ?? []).joined(separator: ", ")
            note(
                "trigger ondiskagg on \(plugin.pattern) (\(targets)): coarser bars need not be stored, a query of a longer timeframe "
                    + "makes them; CREATE MATERIALIZED VIEW stores some."
            )
            if let filter = plugin.settings["filter"]?.first { aggregationFilter(filter, plugin) }
        default:
            note(
                "trigger \(plugin.module) on \(plugin.pattern): Go plugins cannot be loaded; CREATE MATERIALIZED VIEW or a client of /v1/stream does such work."
            )
        }
    }

    /// The one filter that MarketStore knows.
    private static let sessionFilter = "nasdaq"
    /// The zone without which that filter has no effect.
    private static let sessionZone = "America/New_York"

    /// MarketStore lets only rows of NASDAQ's session into bars of a day and more.
    private mutating func aggregationFilter(_ filter: String, _ plugin: MktsConfiguration.Plugin) {
        guard filter == Self.sessionFilter else {
            return note("  its filter: \(filter): neither MarketStore nor Tickgate knows it.")
        }
        guard source.text("timezone") == Self.sessionZone else {
            return note("  its filter nasdaq: without effect, as in MarketStore: timezone is not \(Self.sessionZone).")
        }
        let parts = plugin.pattern.split(separator: "/")
        let table =
            parts.count == 3 && !parts[1].contains("*") && !parts[2].contains("*")
            ? "\(parts[1])/\(parts[2])" : MarketTables.bars
        // The feed's own bars have the first table of that family.
        let clients = table == MarketTables.bars ? "\(table)~2" : table
        note(
            "  its filter nasdaq: bars of a day that a query makes are of all rows. Bars of NASDAQ's session alone, kept up to date: "
                + "CREATE MATERIALIZED VIEW session_1d AS SELECT time, symbol, first(Open) AS Open, max(High) AS High, "
                + "min(Low) AS Low, last(Close) AS Close, sum(Volume) AS Volume FROM \"\(clients)\" WHERE is_nasdaq_open(time) "
                + "SAMPLE BY 1d ALIGN TO CALENDAR TIME ZONE '\(Self.sessionZone)'"
        )
    }

    private mutating func worker(_ plugin: MktsConfiguration.Plugin) {
        guard plugin.module == "binancefeeder" else {
            return note(
                "bgworker \(plugin.module): Go plugins cannot be loaded; a client writes such rows over /rpc or /v1/query."
            )
        }
        let symbols = plugin.settings["symbols"] ?? []
        let quotes = plugin.settings["base_currencies"] ?? ["USDT"]
        let pairs = quotes.flatMap { quote in symbols.map { "\($0)-\(quote)" } }
        set(
            "feed.kind",
            "binance",
            "binancefeeder asked for bars; Tickgate follows trades and books, and makes bars of them."
        )
        if !pairs.isEmpty { set("feed.symbols", "[\(pairs.joined(separator: ", "))]") }
    }
}
