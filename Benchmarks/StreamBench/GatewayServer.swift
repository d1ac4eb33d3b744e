import Columnar
import Engine
import Gateway
import Market
import NIOCore
import NIOPosix
import QueryLang
import Wire

/// The gateway as it ships, with a publisher in place of the feed and no store behind it.
enum GatewayServer {
    private struct NoQueries: QueryRunner {
        func prepare(_ text: String, _ options: QueryOptions) throws(QueryError) -> any RunnableQuery {
            throw QueryError(.unavailable, "this server has no tables")
        }
    }

    static func run(port: Int, loops: Int, rate: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let eventLoops = Array(group.makeIterator())
        let instruments = InstrumentRegistry()
        let instrument = instruments.register(
            Instrument(symbol: "BTC-USDT", venue: "BINANCE", priceScale: 8, sizeScale: 8)
        )
        let streams = StreamHubs(
            eventLoops: eventLoops,
            features: FeatureCatalog.features,
            instruments: instruments,
            serverVersion: "bench",
            clock: { Pace.now }
        )
        var configuration = GatewayConfiguration(address: .init(host: "127.0.0.1", port: port))
        configuration.http.connectionsMax = 20_000
        let gateway = try await Gateway.start(
            configuration,
            GatewayDependencies(group: group, streams: streams, queries: NoQueries(), tables: { [] })
        )
        print("listening on \(gateway.port)")
        let updates = Updates(instrument)
        Pace(rate: rate, togetherMax: 65_536, eventLoop: eventLoops[0]).run {
            streams.publish(updates.batch(of: $0), shard: 0)
        }
    }
}

/// Updates in which eight features change, as a busy book's do.
private final class Updates: @unchecked Sendable {
    // @unchecked: used on the publishing loop only.

    private let instrument: InstrumentID
    private var seq: Int64 = 0

    init(_ instrument: InstrumentID) { self.instrument = instrument }

    func batch(of times: [Int64]) -> FeatureBatch {
        var batch = FeatureBatch()
        for time in times {
            let isStart = seq == 0
            let start = batch.values.count
            for feature in isStart ? Array(FeatureCatalog.features.indices) : Array(0..<8) {
                let value = 61_837.64 + Double((seq + Int64(feature)) % 1_000) / 100
                batch.values.append(FeatureValue(feature: feature, value: value, status: .present))
            }
            seq += 1
            batch.updates.append(
                FeatureUpdate(
                    instrument: instrument,
                    epoch: "k1",
                    isEpochStart: isStart,
                    prev: seq - 1,
                    seq: seq,
                    exchangeTime: time,
                    receiveTime: time,
                    computeTime: Pace.now,
                    updateID: 50_093_239_237 + seq,
                    bookState: .live,
                    valuesStart: start,
                    valuesCount: batch.values.count - start
                )
            )
        }
        return batch
    }
}
