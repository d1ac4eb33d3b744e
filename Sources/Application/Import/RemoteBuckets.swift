import Documents
import Foundation
import MarketStore
import NIOCore
import NIOPosix
import Synchronization
import Wire

/// The buckets of a running gateway, over `POST /rpc`. Calls block.
final class RemoteBuckets: DataService, BucketDirectory, Statements {
    /// A write waits for the disk, and a query of some million rows for its bytes.
    private static let timeout = TimeAmount.minutes(10)
    private static let responseBytesMax = 1 << 30

    private let url: WireURL
    private let client: HTTPClient
    private let fields: HTTPFields
    /// Buckets that were asked for and are there: none goes while it is imported to.
    private let known = Mutex<[BucketKey: Bucket]>([:])

    let version: String
    let timezone: String
    var directory: any BucketDirectory { self }

    /// Connects to a gateway; throws if there is none that has buckets.
    init(base: String) throws {
        url = try WireURL(base).with(target: "/rpc")
        var limits = HTTPClientLimits()
        limits.timeout = Self.timeout
        limits.responseBytesMax = Self.responseBytesMax
        client = HTTPClient(
            group: MultiThreadedEventLoopGroup.singleton,
            tls: url.isTLS ? try WireTLS.client() : nil,
            limits: limits
        )
        var fields: HTTPFields = [
            "Content-Type": "application/x-msgpack", "Accept": "application/x-msgpack",
        ]
        if let token = ProcessInfo.processInfo.environment["TICKGATE_ADMIN_TOKEN"], !token.isEmpty {
            fields["Authorization"] = "Bearer \(token)"
        }
        self.fields = fields
        // The answer to no queries tells version and zone.
        do throws(DataServiceError) {
            let result = try Self.send(RPCClientMessages.query([]), client, url, fields)
            version = RPCClientMessages.text(result, "version") ?? ""
            timezone = RPCClientMessages.text(result, "timezone") ?? "UTC"
        } catch {
            throw CommandError.Failure(error.message)
        }
    }

    private static func send(
        _ body: [[UInt8]],
        _ client: HTTPClient,
        _ url: WireURL,
        _ fields: HTTPFields
    ) throws(DataServiceError) -> DocumentValue {
        var buffer = ByteBuffer()
        for piece in body { buffer.writeBytes(piece) }
        return try RPCClientMessages.result(Array(try post(buffer, client, url, fields).readableBytesView))
    }

    /// The body of the answer, whose status says that all went well.
    private static func post(
        _ body: ByteBuffer,
        _ client: HTTPClient,
        _ url: WireURL,
        _ fields: HTTPFields
    ) throws(DataServiceError) -> ByteBuffer {
        let request = HTTPClientRequest(url: url, method: .post, fields: fields, body: body)
        let response: HTTPResponse
        do {
            response = try client.execute(request).wait()
        } catch {
            if let error = error as? WireError, error.code == .connectFailed {
                throw DataServiceError(ConnectFailureText.of(error.message))
            }
            let reason = (error as? WireError)?.message ?? "\(error)"
            throw DataServiceError("\(url.authority): \(reason)", isUncertain: true)
        }
        guard response.status.code == 200 else {
            let text = String(decoding: response.body.readableBytesView.prefix(300), as: UTF8.self)
            throw DataServiceError(
                "\(url.authority) refused: \(response.status.code) \(response.status.reason) \(text)",
                isUncertain: response.status.code >= 500
            )
        }
        return response.body
    }

    private func send(_ body: [[UInt8]]) throws(DataServiceError) -> DocumentValue {
        try Self.send(body, client, url, fields)
    }

    // MARK: Statements

    func rows(of statement: String) throws(CommandError.Failure) -> [[AnswerValue]] {
        var fields = fields
        (fields["Content-Type"], fields["Accept"]) = ("text/plain; charset=utf-8", "text/plain")
        let answer: ByteBuffer
        do {
            let target = try url.with(target: "/v1/query?format=msgpack")
            answer = try Self.post(ByteBuffer(string: statement), client, target, fields)
        } catch let error as DataServiceError {
            throw CommandError.Failure(error.message)
        } catch {
            throw CommandError.Failure("\(url.authority): \(error)")
        }
        return try Self.rows(in: answer.readableBytesView)
    }

    // MARK: DataService

    func query(_ queries: [DataQuery]) throws(DataServiceError) -> [Dataset] {
        try RPCClientMessages.datasets(try send(RPCClientMessages.query(queries)))
    }

    /// Sends one write a call where one fails, so that each has its own answer.
    func write(_ writes: [DataWrite]) -> [DataServiceError?] {
        do throws(DataServiceError) {
            let errors = RPCClientMessages.errors(try send(RPCClientMessages.write(writes)))
            guard let first = errors.first else { return writes.map { _ in nil } }
            guard writes.count > 1 else { return [DataServiceError(first)] }
            // Rows of fixed buckets may be written again; those of variable ones must not be.
            guard writes.allSatisfy({ !$0.isVariable }) else { return writes.map { _ in DataServiceError(first) } }
            return writes.flatMap { write([$0]) }
        } catch {
            return writes.map { _ in error }
        }
    }

    func create(_ creations: [BucketCreation]) -> [DataServiceError?] {
        creations.map { creation in first(RPCClientMessages.create([creation])) }
    }

    func destroy(_ keys: [String]) -> [DataServiceError?] {
        known.withLock { $0 = [:] }
        return keys.map { first(RPCClientMessages.keys("Destroy", [$0])) }
    }

    private func first(_ body: [[UInt8]]) -> DataServiceError? {
        do throws(DataServiceError) {
            return RPCClientMessages.errors(try send(body)).first.map { DataServiceError($0) }
        } catch {
            return error
        }
    }

    func list(_ format: ListFormat) -> [String] {
        (try? send(RPCClientMessages.list(format))).map(RPCClientMessages.names) ?? []
    }

    func info(_ keys: [String]) -> [Result<BucketInfo, DataServiceError>] {
        keys.map { key in
            guard let parsed = BucketKey(key), let bucket = bucket(parsed) else {
                return .failure(DataServiceError("there is no bucket \(key)"))
            }
            let timeframe = Timeframe(parsed.timeframe)?.nanoseconds ?? 0
            return .success(BucketInfo(latestYear: 0, timeframe: timeframe, bucket: bucket))
        }
    }

    // MARK: BucketDirectory

    func bucket(_ key: BucketKey) -> Bucket? {
        if let bucket = known.withLock({ $0[key] }) { return bucket }
        let body = RPCClientMessages.keys("GetInfo", [key.description])
        guard var bucket = (try? send(body)).flatMap({ RPCClientMessages.bucket($0, key: key) }) else { return nil }
        bucket.zone = timezone
        known.withLock { $0[key] = bucket }
        return bucket
    }

    func buckets(timeframe: String, attribute: String) -> [Bucket] {
        all.filter { $0.key.timeframe == timeframe && $0.key.attribute == attribute }
    }

    var all: [Bucket] { list(.bucketKey).compactMap { BucketKey($0) }.compactMap { bucket($0) } }
}
