import ArgumentParser
import Foundation

/// The flags that change the configuration; they win over the environment and the file.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Configuration file; ./tickgate.yaml is read if it is there.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Directory of the store.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("Address of the gateway; port 0 takes a free one.", valueName: "host:port"))
    var listen: String?

    @Option(help: ArgumentHelp("none, simulated or binance.", valueName: "feed"))
    var feed: String?

    @Option(help: ArgumentHelp("Instruments to follow, such as BTC-USDT,ETH-USDT.", valueName: "list"))
    var symbols: String?

    @Option(help: ArgumentHelp("Event loops that share the instruments; 0 is one a core.", valueName: "n"))
    var shards: String?

    @Option(help: ArgumentHelp("The least severity that is logged.", valueName: "level"))
    var logLevel: String?

    @Flag(help: "Allow an address that is not loopback without authentication.")
    var insecureAnonymous = false

    @Flag(help: "Let everybody administer without the admin token: for a scratch server on loopback.")
    var insecureAdmin = false

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Any other key of the configuration; may be given again.", valueName: "key=value")
    )
    var assignments: [String] = []

    @Flag(help: "Print every setting, its value and where it came from, and stop.")
    var printConfig = false

    /// Reads all layers.
    func resolve() throws(ConfigurationError) -> Configuration {
        let environment = ProcessInfo.processInfo.environment
        var settings = ResolvedSettings()
        if let path = config ?? environment["TICKGATE_CONFIG"] ?? Self.defaultFile {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ConfigurationError("\(path): cannot be read")
            }
            try settings.read(yaml: String(decoding: data, as: UTF8.self), path: path)
        }
        try settings.read(environment: environment)
        try apply(to: &settings)
        return try Configuration(settings)
    }

    private static var defaultFile: String? {
        FileManager.default.fileExists(atPath: "tickgate.yaml") ? "tickgate.yaml" : nil
    }

    private func apply(to settings: inout ResolvedSettings) throws(ConfigurationError) {
        let flags: [(key: String, flag: String, text: String?)] = [
            ("data", "--data", data), ("listen", "--listen", listen), ("feed.kind", "--feed", feed),
            ("feed.symbols", "--symbols", symbols), ("shards", "--shards", shards),
            ("log_level", "--log-level", logLevel),
            ("insecure_anonymous", "--insecure-anonymous", insecureAnonymous ? "true" : nil),
            ("insecure_admin", "--insecure-admin", insecureAdmin ? "true" : nil),
        ]
        for (key, flag, text) in flags {
            guard let text else { continue }
            try settings.set(key, to: text, from: .flag(flag))
        }
        for assignment in assignments {
            guard let equals = assignment.firstIndex(of: "=") else {
                throw ConfigurationError("--set takes key=value, not '\(assignment)'")
            }
            let value = String(assignment[assignment.index(after: equals)...])
            try settings.set(String(assignment[..<equals]), to: value, from: .flag("--set"))
        }
    }
}
