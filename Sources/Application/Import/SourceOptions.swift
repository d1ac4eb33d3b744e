import ArgumentParser
import Columnar
import MarketStore

/// How the files of a data directory of MarketStore are to be read: what they do not say themselves.
struct SourceOptions: ParsableArguments {
    /// The ways in which payloads of variable buckets are kept.
    enum Payload: String, ExpressibleByArgument, CaseIterable {
        case auto, snappy, plain

        var compression: SlotRows.Compression {
            switch self {
            case .auto: .automatic
            case .snappy: .snappy
            case .plain: .none
            }
        }
    }

    @Option(
        help: ArgumentHelp(
            "Only buckets whose key fits, such as */1Min/OHLCV or AAPL,MSFT; may be given again.",
            valueName: "pattern"
        )
    )
    var keys: [String] = []

    @Option(
        help: ArgumentHelp(
            "The timezone of the server that wrote the files: that of its mkts.yml. The default is UTC.",
            valueName: "name"
        )
    )
    var zone: String?

    @Option(help: "How payloads of variable buckets are kept; auto looks at each.")
    var payload: Payload = .auto

    /// What an import is told; throws what is misspelt.
    func options(zone fallback: ZoneRules = .utc) throws(ConfigurationError) -> MarketStoreImport.Options {
        var options = MarketStoreImport.Options()
        options.compression = payload.compression
        let patterns = try KeyPatterns(keys)
        options.isWanted = { patterns.matches($0) }
        options.zone = fallback
        if let zone {
            guard let rules = ZoneRules(named: zone) else {
                throw ConfigurationError(
                    "--zone: there is no time zone '\(zone)'; names are those of the time zone database, such as America/New_York"
                )
            }
            options.zone = rules
        }
        return options
    }
}
