import Application
import MarketStoreGRPC

/// The program `tickgate` with MarketStore's gRPC service.
@main
enum Main {
    static func main() async {
        let grpc = MarketStoreListener { context in
            var configuration = MarketStoreServerConfiguration(host: context.host, port: context.port)
            configuration.messageBytesMax = context.messageBytesMax
            let server = try await MarketStoreServer.start(context.service, configuration)
            return MarketStoreListener.Running(port: server.port) { await server.stop() }
        }
        await Program.run(grpc: grpc)
    }
}
