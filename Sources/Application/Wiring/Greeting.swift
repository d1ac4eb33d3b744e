import Glibc

/// What a user reads when the server is up: what runs, and what to try.
enum Greeting {
    static func print(_ configuration: Configuration, port: Int, secondPort: Int?, grpcPort: Int?, newToken: String?) {
        var address = configuration.listen
        address.port = port
        let base = "http://\(address)"
        let symbol = configuration.symbols.first ?? "BTC-USDT"
        let feed =
            switch configuration.feed {
            case .none: "none; send it a recording: tickgate replay FILE --into \(base)"
            case .simulated: "a simulated exchange, \(configuration.symbols.joined(separator: ", "))"
            case .binance: "\(configuration.binanceWebSocketURL), \(configuration.symbols.joined(separator: ", "))"
            }
        Swift.print(
            """
            Tickgate \(Tickgate.version) serves on \(base)
              data  \(configuration.data)
              feed  \(feed)

            Try:
              curl -s \(base)/v1/features/\(symbol).BINANCE
              curl -s '\(base)/v1/query?format=csv&q=SHOW+TABLES'
              curl -s '\(base)/v1/query?format=csv' -d 'SELECT time, side, price, size FROM trades ORDER BY time DESC LIMIT 5'
              echo '{"op":"subscribe","id":1,"symbols":["*"]}' | websocat -n ws://\(address)/v1/stream
              the console: \(base)/
            """
        )
        if let secondPort, var second = configuration.marketStoreListen {
            second.port = secondPort
            Swift.print("\nMarketStore's clients are served on http://\(second)/rpc, too.")
        }
        if let grpcPort, var grpc = configuration.grpcListen {
            grpc.port = grpcPort
            Swift.print("\nMarketStore's clients are served by gRPC on \(grpc).")
        }
        if let newToken {
            Swift.print(
                "\nThe admin token of this data directory (kept in \(configuration.data)/admin-token): \(newToken)"
            )
        }
        fflush(nil)
    }
}
