import ArgumentParser
import Foundation
import Gateway
import NIOCore
import NIOPosix
import Simulator
import Wire

/// `tickgate simulate`: the simulated exchange alone.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run a simulated exchange that speaks Binance's protocol on a port of its own."
    )

    @Option(help: ArgumentHelp("Address to listen on; port 0 takes a free one.", valueName: "host:port"))
    var listen = "127.0.0.1:9443"

    @Option(help: ArgumentHelp("Instruments, such as BTC-USDT,ETH-USDT.", valueName: "list"))
    var symbols = "BTC-USDT,ETH-USDT,SOL-USDT"

    @Option(help: ArgumentHelp("Made-up instruments besides them.", valueName: "n"))
    var synthetic = 0

    @Option(help: ArgumentHelp("Messages a second over all instruments.", valueName: "n"))
    var rate = 500

    @Option(
        name: .customLong("granularity-us"),
        help: ArgumentHelp("Messages due within this many microseconds leave together.", valueName: "n")
    )
    var granularity = 1000

    @Option(help: "Seed of the market.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("PEM certificate for TLS.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("PEM key of the certificate.", valueName: "file"))
    var tlsKey: String?

    @Flag(help: "Allow an address that is not loopback.")
    var insecureAnonymous = false

    func validate() throws {
        if (tlsCertificate == nil) != (tlsKey == nil) {
            throw ValidationError("--tls-certificate and --tls-key belong together")
        }
        if rate < 1 || rate > 1_000_000 { throw ValidationError("--rate must be from 1 to 1000000") }
        if granularity < 1 || granularity > 1_000_000 {
            throw ValidationError("--granularity-us must be from 1 to 1000000")
        }
        if synthetic < 0 || synthetic > 10_000 { throw ValidationError("--synthetic must be from 0 to 10000") }
    }

    func run() async throws {
        try await CommandError.explaining {
            let address = try Configuration.Address(listen, key: "--listen")
            var options = SimulatorOptions()
            options.host = address.host
            options.port = address.port
            options.seed = seed
            options.messagesPerSecond = rate
            options.granularity = .microseconds(Int64(granularity))
            options.symbols = try SimulatedSymbol.listed(symbols.split(separator: ",").map(String.init))
            options.symbols += SimulatedSymbol.synthetic(synthetic)
            if let tlsCertificate, let tlsKey { options.tls = (tlsCertificate, tlsKey) }
            try BindPolicy.check(host: address.host, isInsecureAnonymousAllowed: insecureAnonymous)
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let exchange = try await ExchangeSimulator.start(
                options: options,
                eventLoop: loop,
                clock: WallClock.now
            ).get()
            announce(exchange)
            await Signals.wait()
            try await exchange.stop().get()
        }
    }

    private func announce(_ exchange: ExchangeSimulator) {
        print(
            """
            Simulated exchange: \(exchange.webSocketURL) (streams), \(exchange.restURL) (REST)
            Try:
              curl -s '\(exchange.restURL)/api/v3/depth?symbol=BTCUSDT&limit=5'
              curl -s \(exchange.restURL)/sim/fault -d '{"kind":"gap","symbol":"BTCUSDT"}'
              tickgate serve --feed binance --set binance.websocket_url=\(exchange.webSocketURL) \\
                --set binance.rest_url=\(exchange.restURL)
            """
        )
        fflush(nil)
    }
}

extension SimulatedSymbol {
    /// Instruments by name; an error that says which is none.
    static func listed(_ names: [String]) throws(ConfigurationError) -> [SimulatedSymbol] {
        for name in names where named([name]) == nil {
            throw ConfigurationError("symbols: '\(name)' is not BASE-QUOTE, such as BTC-USDT")
        }
        guard let symbols = named(names), !symbols.isEmpty else {
            throw ConfigurationError("symbols: at least one is needed, such as BTC-USDT")
        }
        return symbols
    }
}
