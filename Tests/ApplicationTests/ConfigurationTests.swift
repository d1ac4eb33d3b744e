import Foundation
import Store
import Testing

@testable import Application

private let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../..").standardized

private func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}

@Suite("The configuration")
struct ConfigurationTests {
    @Test("of the shipped example names every key with its default")
    func exampleIsComplete() throws {
        let text = try String(contentsOf: repository.appendingPathComponent("tickgate.example.yaml"), encoding: .utf8)
        var settings = ResolvedSettings()
        try settings.read(yaml: text, path: "example")
        for setting in Setting.all {
            #expect(settings.text(setting.key) == setting.fallback || setting.kind == .list, "\(setting.key)")
            guard case .file = settings.origin(setting.key) else {
                Issue.record("\(setting.key) is not in the example")
                continue
            }
        }
    }

    @Test("has defaults that are values of their keys")
    func defaultsAreValid() {
        for setting in Setting.all {
            #expect(setting.problem(with: setting.fallback) == nil, "\(setting.key)")
        }
    }

    @Test("takes the later layer: file, environment, flag")
    func laterLayersWin() throws {
        var settings = ResolvedSettings()
        try settings.read(yaml: "shards: 1\nfeed:\n  kind: simulated\n  symbols: [A-B, C-D]\n", path: "t.yaml")
        #expect(settings.text("shards") == "1")
        #expect(settings.origin("feed.kind") == .file("t.yaml", line: 3))
        #expect(settings.text("feed.symbols") == "A-B,C-D")
        try settings.read(environment: ["TICKGATE_SHARDS": "2", "PATH": "/bin"])
        #expect(settings.text("shards") == "2")
        try settings.set("shards", to: "3", from: .flag("--shards"))
        #expect(try Configuration(settings).shards == 3)
        #expect(settings.listing.contains("# --shards"))
    }

    @Test("says where a key is wrong, and what was meant")
    func errorsNameTheLine() {
        var settings = ResolvedSettings()
        #expect(
            message { try settings.read(yaml: "data: x\nfeed:\n  kimd: none\n", path: "t.yaml") }
                == "t.yaml:3: unknown key 'feed.kimd'; did you mean 'feed.kind'?"
        )
        #expect(
            message { try settings.read(yaml: "feed:\n  kind: kraken\n", path: "t.yaml") }
                == "t.yaml:2: feed.kind must be one of none, simulated, binance, not 'kraken'"
        )
        #expect(
            message { try settings.read(yaml: "shards: many", path: "t.yaml") }
                == "t.yaml:1: shards must be an integer from 0 to 64, not 'many'"
        )
        #expect(
            message { try settings.read(yaml: "fead:\n  kind: none", path: "t.yaml") }
                == "t.yaml:1: unknown key 'fead'; did you mean 'feed'?"
        )
        #expect(message { try settings.read(yaml: "shards: [1, 2]", path: "t.yaml") }.contains("not a list"))
        #expect(message { try settings.read(yaml: "a: [", path: "t.yaml") }.hasPrefix("t.yaml: not YAML"))
        #expect(message { try settings.read(yaml: "- a", path: "t.yaml") }.contains("expected 'key: value'"))
        #expect(
            message { try settings.read(environment: ["TICKGATE_SHARD": "1"]) }
                == "environment: unknown variable TICKGATE_SHARD; did you mean TICKGATE_SHARDS?"
        )
    }

    @Test("takes how long rows are kept as a mapping, and as text")
    func retention() throws {
        var settings = ResolvedSettings()
        #expect(try Configuration(settings).retention.timesToLive.isEmpty)
        try settings.read(yaml: "store:\n  retention: {trades: 30d, 1Min/OHLCV: none, quotes: 12h}\n", path: "t.yaml")
        let day: Int64 = 86_400_000_000_000
        let read = try Configuration(settings).retention
        #expect(read.timesToLive.map(\.table) == ["trades", "1Min/OHLCV", "quotes"])
        #expect(read.timesToLive.map(\.nanoseconds) == [30 * day, nil, day / 2])
        #expect(settings.listing.contains("{trades: 30d, 1Min/OHLCV: none, quotes: 12h}"))
        #expect(settings.origin("store.retention") == .file("t.yaml", line: 2))
        try settings.read(environment: ["TICKGATE_STORE_RETENTION": "trades=52w, book=90s"])
        #expect(try Configuration(settings).retention.timesToLive.map(\.nanoseconds) == [364 * day, 90_000_000_000])
        try settings.set("store.retention", to: "", from: .flag("--set"))
        #expect(try Configuration(settings).retention.timesToLive.isEmpty)
    }

    @Test(
        "says which durations it takes",
        arguments: [
            "trades=soon", "trades=30", "trades=-1d", "trades=1.5d", "trades=0d", "trades=9999999999w", "trades",
        ]
    )
    func badRetention(text: String) {
        var settings = ResolvedSettings()
        let said = message { try settings.set("store.retention", to: text, from: .flag("--set")) }
        #expect(said.hasPrefix("--set: store.retention must ") && said.hasSuffix("not '\(text)'"))
    }

    @Test("names the line of a retention that is none")
    func retentionErrorsNameTheLine() {
        var settings = ResolvedSettings()
        let nested = "store:\n  retention:\n    trades: [1d]\n"
        #expect(
            message { try settings.read(yaml: nested, path: "t.yaml") }.hasPrefix("t.yaml:3: store.retention takes")
        )
        let twice = "store:\n  retention: {trades: 1d, TRADES: 2d}\n"
        #expect(message { try settings.read(yaml: twice, path: "t.yaml") }.contains("must name each table once"))
    }

    @Test("tells the store how to read and merge")
    func storeOptions() throws {
        var settings = ResolvedSettings()
        let defaults = StoreOptions(try Configuration(settings))
        #expect(defaults == StoreOptions())
        try settings.read(
            yaml: "store:\n  read_mode: buffered\n  compaction: off\n  compaction_bytes_per_second: 0\n",
            path: "t.yaml"
        )
        let options = StoreOptions(try Configuration(settings))
        #expect(options.readMode == .buffered && !options.compacts && options.compactionBytesPerSecond == 0)
        #expect(
            message { try settings.set("store.compaction", to: "yes", from: .flag("--set")) }
                == "--set: store.compaction must be one of on, off, not 'yes'"
        )
    }

    @Test("lets the commands' own variable pass")
    func adminTokenIsNoSetting() throws {
        var settings = ResolvedSettings()
        try settings.read(environment: ["TICKGATE_ADMIN_TOKEN": "secret"])
    }

    @Test(
        "reads addresses",
        arguments: [
            ("127.0.0.1:80", "127.0.0.1", 80), ("[::1]:8080", "::1", 8080), (":9", "127.0.0.1", 9),
            ("localhost:0", "localhost", 0),
        ]
    )
    func addresses(text: String, host: String, port: Int) throws {
        let address = try Configuration.Address(text)
        #expect(address.host == host && address.port == port)
    }

    @Test("refuses what is no address", arguments: ["", "8080", "host:", "host:99999", "host:-1"])
    func badAddresses(text: String) {
        #expect(throws: ConfigurationError.self) { try Configuration.Address(text) }
    }
}
