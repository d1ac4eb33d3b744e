import Columnar
import Documents
import Engine
import Glibc
import Market
import MarketStore
import NIOCore
import NIOPosix
import QueryLang
import Synchronization
import Testing
import Wire

@testable import Gateway

/// Loops shared by all tests; they end with the process.
let sharedGroup = MultiThreadedEventLoopGroup(numberOfThreads: 2)

/// Bounds for failures only: all tests share the cores.
private let patientLimits = {
    var limits = HTTPClientLimits()
    limits.connectTimeout = .seconds(60)
    limits.timeout = .seconds(120)
    return limits
}()

/// A gateway on a free port, whose features are published by hand.
final class GatewayFixture {
    let gateway: Gateway
    let streams: StreamHubs
    let instruments = InstrumentRegistry()
    let replay = FakeReplay()
    let client = HTTPClient(group: sharedGroup, limits: patientLimits)
    let metrics = MetricsRegistry()
    let administration = FakeAdministration()
    let queries = FakeQueries()

    init(
        limits: StreamLimits = StreamLimits(),
        readiness: [String] = [],
        authorizer: any Authorizer = AdminTokenAuthorizer(token: "secret"),
        dataService: (any DataService)? = nil,
        bucketStream: BucketStream? = nil,
        following: (any StreamQuerySource)? = nil,
        preparing: (any LiveExecutor)? = nil,
        configure: (inout GatewayConfiguration) -> Void = { _ in }
    ) async throws {
        for symbol in ["BTC-USDT", "ETH-USDT"] {
            _ = instruments.register(Instrument(symbol: symbol, venue: "BINANCE", priceScale: 8, sizeScale: 8))
        }
        streams = StreamHubs(
            eventLoops: Array(sharedGroup.makeIterator()),
            features: testFeatures,
            instruments: instruments,
            limits: limits,
            serverVersion: "test",
            queries: following,
            preparing: preparing,
            clock: { 1_723_161_254_000_000_000 }
        )
        var configuration = GatewayConfiguration(address: .init(host: "127.0.0.1", port: 0))
        configuration.shutdownGrace = .milliseconds(200)
        configure(&configuration)
        gateway = try await Gateway.start(
            configuration,
            GatewayDependencies(
                group: sharedGroup,
                streams: streams,
                queries: queries,
                tables: {
                    [
                        TableSchema(
                            name: "trades",
                            kind: .event,
                            columns: [Column("time", .timestamp), Column("symbol", .symbol)]
                        )!
                    ]
                },
                replay: replay,
                administration: administration,
                authorizer: authorizer,
                metrics: metrics,
                dataService: dataService,
                bucketStream: bucketStream,
                readiness: { readiness }
            )
        )
    }

    func url(_ target: String, scheme: String = "http") -> WireURL {
        try! WireURL("\(scheme)://127.0.0.1:\(gateway.port)\(target)")
    }

    func get(_ target: String, _ fields: HTTPFields = [:]) async throws -> HTTPResponse {
        try await client.execute(HTTPClientRequest(url: url(target), fields: fields)).get()
    }

    func post(_ target: String, _ body: String, _ fields: HTTPFields = [:]) async throws -> HTTPResponse {
        let request = HTTPClientRequest(url: url(target), method: .post, fields: fields, body: ByteBuffer(string: body))
        return try await client.execute(request).get()
    }

    func delete(_ target: String, _ fields: HTTPFields = [:]) async throws -> HTTPResponse {
        try await client.execute(HTTPClientRequest(url: url(target), method: .delete, fields: fields)).get()
    }

    /// Asks until something holds; the bound is for failures only.
    func poll(
        _ what: Comment,
        at location: SourceLocation = #_sourceLocation,
        _ condition: () async throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while try await !condition() {
            try #require(ContinuousClock.now < end, what, sourceLocation: location)
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// The active queries, as the gateway lists them.
    func activeQueries() async throws -> [DocumentValue] { try await get("/v1/queries").json["queries"]?.array ?? [] }

    /// A metric of one sample, or of one of its labels.
    func metric(_ name: String) -> Int? {
        metrics.text().split(separator: "\n").first { $0.hasPrefix(name + " ") }
            .flatMap { Int($0.split(separator: " ").last ?? "") }
    }

    func publish(_ instrument: Int, seq: Int64, _ values: [(Int, Double)], isEpochStart: Bool = false) {
        var batch = FeatureBatch()
        batch.values = values.map { FeatureValue(feature: $0.0, value: $0.1, status: .present) }
        batch.updates = [
            FeatureUpdate(
                instrument: InstrumentID(rawValue: UInt32(instrument)),
                epoch: "k1",
                isEpochStart: isEpochStart,
                prev: seq - 1,
                seq: seq,
                exchangeTime: 1_723_161_255_508_000_000,
                receiveTime: 1_723_161_254_236_551_067,
                computeTime: 1_723_161_254_236_600_000,
                updateID: 50_093_239_237,
                bookState: .live,
                valuesStart: 0,
                valuesCount: values.count
            )
        ]
        // No loop of its own: every loop gets it by hand-off, in order.
        streams.publish(batch, shard: -1)
    }

    func start(_ instrument: Int) {
        publish(instrument, seq: 1, testFeatures.indices.map { ($0, Double($0) + 0.5) }, isEpochStart: true)
    }
}

extension HTTPResponse {
    var text: String { String(buffer: body) }
    var json: DocumentValue { (try? JSONReader.value(of: Array(body.readableBytesView))) ?? .null }
}

/// Queries whose text says what they do: `rows N`, `fail after N`, `spin`, `idle N`, `hold`, `admin`, `write`, or anything
/// else for a syntax error.
final class FakeQueries: QueryRunner {
    /// Queries that are not gone.
    let open = Counter()
    /// Queries that are in the middle of a piece that only ends when they are cancelled.
    let spinning = Counter()
    /// Statements that are being prepared and wait for ``isHeld`` to end.
    let held = Counter()
    let isHeld = Atomic<Bool>(false)
    /// Pieces begun.
    let pieces = Counter()

    func prepare(_ text: String, _ options: QueryOptions) throws(QueryError) -> any RunnableQuery {
        let words = text.split(separator: " ")
        switch words.first {
        case "rows": return FakeQuery(self, rows: Int(words[1])!, .read, options)
        case "fail": return FakeQuery(self, rows: .max, failsAfter: Int(words[2])!, .read, options)
        case "spin": return FakeQuery(self, rows: .max, spins: true, .read, options)
        case "idle": return FakeQuery(self, rows: 1, idles: Int(words[1])!, .read, options)
        case "hold":
            held.add()
            while isHeld.load(ordering: .acquiring) { rest() }
            held.add(-1)
            return FakeQuery(self, rows: 1, .read, options)
        case "write": return FakeQuery(self, rows: 1, .write, options)
        case "admin": return FakeQuery(self, rows: 1, .admin, options)
        case "trade":
            throw QueryError(
                .unknownTable,
                "unknown table 'trade'",
                at: SourceSpan(start: 0, end: 5),
                hint: "did you mean 'trades'?"
            )
        default:
            throw QueryError(
                .syntax,
                "unexpected text",
                at: SourceSpan(start: 0, end: text.utf8.count),
                expected: ["rows", "fail"]
            )
        }
    }
}

/// A moment of a blocked thread's time.
private func rest() { usleep(200) }

/// Lines `0`, `1`, `2`, … of 100 bytes.
final class FakeQuery: RunnableQuery, @unchecked Sendable {
    // @unchecked: `rows` and `idles` belong to the one who computes; the rest is constant, atomic or a counter.
    let statementClass: StatementClass
    private let queries: FakeQueries
    private let rows: Int
    private let failsAfter: Int?
    private let spins: Bool
    private var idles: Int
    private let row = Counter()
    private let isCancelled = Atomic<Bool>(false)

    init(
        _ queries: FakeQueries,
        rows: Int,
        failsAfter: Int? = nil,
        spins: Bool = false,
        idles: Int = 0,
        _ statementClass: StatementClass,
        _ options: QueryOptions
    ) {
        self.queries = queries
        self.rows = min(rows, options.rowsMax ?? .max)
        self.failsAfter = failsAfter
        self.spins = spins
        self.idles = idles
        self.statementClass = statementClass
        queries.open.add()
    }

    deinit { queries.open.add(-1) }

    func next(into bytes: inout [UInt8]) throws(QueryError) -> Bool {
        queries.pieces.add()
        if spins {
            queries.spinning.add()
            while !isCancelled.load(ordering: .relaxed) { rest() }
            queries.spinning.add(-1)
        }
        if isCancelled.load(ordering: .relaxed) { throw QueryError(.cancelled, "cancelled") }
        if idles > 0 {
            idles -= 1
            rest()
            return true
        }
        for _ in 0..<50 where row.value < rows {
            if row.value == failsAfter { throw QueryError(.storage, "the disk is on fire") }
            let text = String(row.value)
            bytes += Array(text.utf8) + [UInt8](repeating: 0x2E, count: 99 - text.utf8.count) + [0x0A]
            row.add()
        }
        return row.value < rows
    }

    func fail(_ error: QueryError, into bytes: inout [UInt8]) {
        bytes += Array("FAILED: \(error.code.rawValue)\n".utf8)
    }

    var statistics: QueryStatistics {
        var statistics = QueryStatistics()
        statistics.rowsReturned = row.value
        statistics.rowsScanned = row.value * 2
        statistics.slicesScanned = 3
        statistics.slicesSkipped = 4
        statistics.slicesAnswered = 5
        statistics.elapsedNanoseconds = 7_000
        return statistics
    }

    func cancel() { isCancelled.store(true, ordering: .relaxed) }
}

/// Counts lines; every line `bad` is rejected, and everything is durable at once.
final class FakeReplay: ReplayService {
    let cancelled = Counter()
    let isHeld = Atomic<Bool>(false)

    func begin(
        _ parameters: [QueryParameter],
        on eventLoop: any EventLoop,
        report: @escaping (ReplayReport) -> Void
    ) throws(ReplayRefusal) -> any ReplayReceiver {
        if parameters.contains(where: { $0.name == "refuse" }) { throw ReplayRefusal(isTemporary: false, "refused") }
        return FakeReplayReceiver(service: self, report: report)
    }
}

final class FakeReplayReceiver: ReplayReceiver {
    private let service: FakeReplay
    private let report: (ReplayReport) -> Void
    private var rest = ""
    private var lines = 0
    private var rejected = 0

    init(service: FakeReplay, report: @escaping (ReplayReport) -> Void) {
        self.service = service
        self.report = report
    }

    func receive(_ bytes: ByteBuffer, ready: @escaping () -> Void) {
        var parts = (rest + String(buffer: bytes)).split(separator: "\n", omittingEmptySubsequences: false)
        rest = String(parts.removeLast())
        for part in parts { take(String(part)) }
        report(.durable(line: lines))
        if !service.isHeld.load(ordering: .relaxed) { ready() }
    }

    private func take(_ line: String) {
        lines += 1
        guard line == "bad" else { return }
        rejected += 1
        report(.rejected(line: lines, message: "this line is bad"))
    }

    func finish(isCut: Bool) {
        if !isCut, !rest.isEmpty { take(rest) }
        report(.end(ReplaySummary(lines: lines, rejected: rejected, events: lines - rejected)))
    }

    func cancel() { service.cancelled.add() }
}
