import Columnar
import Testing

@testable import Application
@testable import MarketStore

@Suite("Imports of MarketStore's configuration")
struct ConfigurationImportTests {
    private static func yaml(_ text: String) throws -> String {
        ConfigurationImport(try MktsConfiguration(yaml: text, path: "mkts.yml")).yaml
    }

    @Test(
        "give settings that are read again",
        arguments: [
            ("root_directory: data\nlisten_port: 5993\n", "marketstore.listen", "127.0.0.1:5993"),
            ("listen_host: localhost\nlisten_port: 1\n", "marketstore.listen", "localhost:1"),
            ("listen_host: '::1'\nlisten_port: 1\n", "marketstore.listen", "[::1]:1"),
            ("log_level: fatal\n", "log_level", "error"),
            ("bgworkers:\n  - module: binancefeeder.so\n    config: {symbols: [BTC]}\n", "feed.symbols", "BTC-USDT"),
        ]
    )
    func settings(text: String, key: String, value: String) throws {
        var settings = ResolvedSettings()
        try settings.read(yaml: try Self.yaml(text), path: "made")
        #expect(settings.text(key) == value)
    }

    @Test("say what has no counterpart, key by key")
    func notes() throws {
        let keys = [
            "root_directory", "listen_host", "listen_port", "grpc_listen_port", "grpc_max_send_msg_size",
            "grpc_max_recv_msg_size", "utilities_url", "timezone", "log_level", "stop_grace_period",
            "wal_rotate_interval",
            "disable_variable_compression", "init_catalog", "init_wal_cache", "background_sync", "wal_bypass",
        ]
        let text = keys.map { "\($0): \($0 == "listen_port" ? "5993" : "info")\n" }.joined()
        let made = try Self.yaml(
            text + "replication: {enabled: true, master_host: a:1}\ntriggers: [{module: x.so, on: '*'}]\n"
        )
        #expect(!made.contains("knows it"))
        #expect(made.contains("replication, of a:1:") && made.contains("trigger x on *: Go plugins"))
        var settings = ResolvedSettings()
        try settings.read(
            yaml: made.replacing(" info", with: " UTC").replacing("log_level: UTC", with: "log_level: info"),
            path: "made"
        )
    }

    @Test("tell of the filter of a trigger what stands for it")
    func filter() throws {
        let settings = "config: {destinations: [1D], filter: nasdaq}"
        let trigger = "triggers: [{module: ondiskagg.so, on: '*/5Min/OHLCV', \(settings)}]\n"
        let made = try Self.yaml("timezone: America/New_York\n" + trigger)
        let view = try #require(made.split(separator: "\n").first { $0.contains("VIEW session_1d") })
        #expect(view.contains(#"FROM "5Min/OHLCV" WHERE is_nasdaq_open(time)"#))
        #expect(try Self.yaml("timezone: UTC\n" + trigger).contains("its filter nasdaq: without effect"))
        #expect(try Self.yaml(trigger.replacing("nasdaq", with: "nyse")).contains("its filter: nyse: neither"))
        let stream = "triggers: [{module: stream.so, on: '*/*/*', config: {filter: nasdaq}}]\n"
        #expect(try Self.yaml(stream).contains("when its day ends"))
    }

    @Test("refuse what is no configuration", arguments: ["- a\n", "a: [\n"])
    func refused(text: String) {
        #expect(throws: ConfigurationError.self) { try Self.yaml(text) }
    }

    @Test("read control files of the CSV loader")
    func control() throws {
        var hints = CSVHints()
        try CSVControl.read(
            yaml:
                "firstRowHasColumnNames: true\ntimeFormat: timestamp\ntimeZone: Asia/Tokyo\ncolumnNameMap: [Epoch, '', Ask]\n",
            path: "c.yaml",
            into: &hints
        )
        #expect(hints.hasHeader == true && hints.form == .seconds && hints.zone.name == "Asia/Tokyo")
        #expect(hints.names == ["Epoch", "", "Ask"])
        #expect(throws: ConfigurationError.self) {
            try CSVControl.read(yaml: "timeformat: x\n", path: "c.yaml", into: &hints)
        }
    }
}
