import Columnar
import Engine
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import MarketStore
import Store
import StoreSupport
import SwiftProtobuf
import Testing

@testable import MarketStoreGRPC

/// The service on a port, over a store, with a client that sends bytes.
@Suite("MarketStore's gRPC service", .serialized)
struct ServerTests {
    @Test("answers what MarketStore answered, byte by byte")
    func captured() async throws {
        try await withServer { (call) async throws in
            #expect(try await call("Write", Captured.writeRequest) == [])
            #expect(try await call("Query", Captured.queryRequest) == Captured.queryResponse)
            #expect(try await call("ListSymbols", Captured.listRequest) == Captured.listResponse)
            #expect(try await call("ListSymbols", []) == [0x0A, 2] + Array("GR".utf8))
            #expect(try await call("ServerVersion", []) == Captured.versionResponse)
            #expect(try await call("Create", Captured.createRequest) == Captured.createResponse)
            var bad = try Proto_MultiCreateRequest(serializedBytes: Captured.createRequest)
            bad.requests[0].rowType = "nope"
            let create: [UInt8] = try bad.serializedBytes()
            #expect(try await call("Create", create) == Captured.createBadResponse)
            var destroy = Proto_MultiKeyRequest()
            destroy.requests = ["GR/1Min/X", "NO/1Min/X"].map { key in
                var request = Proto_KeyRequest()
                request.key = key
                return request
            }
            let destroyed: [UInt8] = try destroy.serializedBytes()
            #expect(try await call("Destroy", destroyed) == Captured.destroyResponse)
        }
    }

    @Test("answers a request that it cannot serve with an error, and goes on")
    func refusals() async throws {
        try await withServer { (call) async throws in
            func failure(_ method: String, _ request: [UInt8]) async -> RPCError? {
                do {
                    _ = try await call(method, request)
                    return nil
                } catch {
                    return error as? RPCError
                }
            }
            func query(_ destination: String, limit: Int32 = 0) throws -> [UInt8] {
                var request = Proto_MultiQueryRequest()
                var one = Proto_QueryRequest()
                one.destination = destination
                one.limitRecordCount = limit
                request.requests = [one]
                return try request.serializedBytes()
            }
            #expect(try await call("Write", Captured.writeRequest) == [])
            let missing = try await failure("Query", query("NO/1Min/X"))
            #expect(missing?.code == .unknown)
            #expect(missing?.message == "no files returned from query parse")
            for destination in [
                "A/B", "", "/", "A/B/C/D", "A::B", "//", "GR/nope/X", "*/*/*", String(repeating: "x", count: 100_000),
            ] {
                let error = try await failure("Query", query(destination))
                #expect(
                    error?.code == .unknown,
                    "\(destination.prefix(20)): \(error.map(String.init(describing:)) ?? "no error")"
                )
            }
            let negative = try query("GR/1Min/X", limit: -1)
            #expect(await failure("Query", negative)?.code == .unknown)
            let most = try query("GR/1Min/X", limit: .max)
            #expect(try await call("Query", most).count > 100)
            for method in ["Query", "Write", "Create", "Destroy", "ListSymbols"] {
                let error = await failure(method, [0xFF, 0xFF, 0xFF])
                #expect(error?.code == .invalidArgument, "\(method)")
            }
            #expect(await failure("Nope", [])?.code == .unimplemented)
            // Rows of a write that is none are not kept, those of the other one are.
            var writes = try Proto_MultiWriteRequest(serializedBytes: Captured.writeRequest)
            writes.requests.append(writes.requests[0])
            writes.requests[0].data.data.length = -5
            writes.requests[1].data.lengths["GR/1Min/X"] = 1_000_000
            let answer = try await call("Write", writes.serializedBytes())
            let response = try Proto_MultiServerResponse(serializedBytes: answer)
            #expect(response.responses.map { String($0.error.prefix(12)) } == ["requests[0]:", "requests[1]:"])
            #expect(response.responses.allSatisfy { !$0.error.isEmpty && $0.version == Captured.version })
            #expect(try await call("Query", Captured.queryRequest) == Captured.queryResponse)
        }
    }

    @Test("takes no message beyond its limit, and gives none")
    func messageLimit() async throws {
        try await withServer(messageBytesMax: 200) { (call) async throws in
            #expect(try await call("Write", Captured.writeRequest) == [])
            let large = await #expect(throws: RPCError.self) { try await call("Query", Captured.queryRequest) }
            #expect(large?.code == .resourceExhausted)
            let twice = Captured.writeRequest + Captured.writeRequest
            for _ in 0..<3 {
                let refused = await #expect(throws: RPCError.self) { try await call("Write", twice) }
                #expect(refused?.code == .resourceExhausted)
                #expect(
                    refused?.message == "the request has \(twice.count) bytes; the limit is 200 "
                        + "(marketstore.grpc_message_bytes); send less at a time"
                )
            }
            #expect(try await call("ListSymbols", Captured.listRequest) == Captured.listResponse)
        }
    }

    @Test("takes rows of megabytes and gives them back, several calls at a time")
    func large() async throws {
        try await withServer { (call) async throws in
            let count = 200_000
            let epochs = (0..<count).flatMap { row in withUnsafeBytes(of: Int64(row * 60).littleEndian) { Array($0) } }
            let values = (0..<count).flatMap { row in
                withUnsafeBytes(of: Double(row).bitPattern.littleEndian) { Array($0) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for symbol in ["A", "B", "C"] {
                    group.addTask {
                        var request = Proto_MultiWriteRequest()
                        var write = Proto_WriteRequest()
                        write.data.data.columnTypes = ["i8", "f8"]
                        write.data.data.columnNames = ["Epoch", "V"]
                        write.data.data.columnData = [.init(epochs), .init(values)]
                        write.data.data.length = Int32(count)
                        write.data.startIndex = ["\(symbol)/1Min/X": 0]
                        write.data.lengths = ["\(symbol)/1Min/X": Int32(count)]
                        request.requests = [write]
                        let rows: [UInt8] = try request.serializedBytes()
                        #expect(try await call("Write", rows) == [])
                        var query = Proto_MultiQueryRequest()
                        query.requests = [.with { $0.destination = "\(symbol)/1Min/X" }]
                        let bytes = try await call("Query", query.serializedBytes())
                        let result = try Proto_MultiQueryResponse(serializedBytes: bytes).responses[0].result
                        #expect(result.data.columnData.map { Array($0) } == [epochs, values])
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("says why it cannot listen")
    func portTaken() async throws {
        let fixture = try ServerStore()
        let first = try await MarketStoreServer.start(
            fixture.service,
            MarketStoreServerConfiguration(host: "127.0.0.1", port: 0)
        )
        let error = await #expect(throws: MarketStoreServerError.self) {
            _ = try await MarketStoreServer.start(
                fixture.service,
                MarketStoreServerConfiguration(host: "127.0.0.1", port: first.port)
            )
        }
        #expect(error?.description.contains("cannot listen on 127.0.0.1:\(first.port)") == true)
        await first.stop()
    }

    // MARK: - Fixture

    private typealias Call = @Sendable (String, [UInt8]) async throws -> [UInt8]

    private func withServer(
        messageBytesMax: Int = 1 << 30,
        _ body: (@escaping Call) async throws -> Void
    ) async throws {
        let fixture = try ServerStore()
        var configuration = MarketStoreServerConfiguration(host: "127.0.0.1", port: 0)
        configuration.messageBytesMax = messageBytesMax
        let server = try await MarketStoreServer.start(fixture.service, configuration)
        let transport = try HTTP2ClientTransport.Posix(
            target: .ipv4(address: "127.0.0.1", port: server.port),
            transportSecurity: .plaintext
        )
        let client = GRPCClient(transport: transport)
        let connections = Task { try await client.runConnections() }
        var options = CallOptions.defaults
        options.maxResponseMessageBytes = 1 << 30
        options.maxRequestMessageBytes = 1 << 30
        do {
            try await body { [options] method, bytes in
                let descriptor = MethodDescriptor(
                    service: ServiceDescriptor(fullyQualifiedService: "proto.Marketstore"),
                    method: method
                )
                return try await client.unary(
                    request: ClientRequest(message: bytes),
                    descriptor: descriptor,
                    serializer: RawBytes(),
                    deserializer: RawBytes(),
                    options: options
                ) { try $0.message }
            }
        } catch {
            Issue.record(error)
        }
        client.beginGracefulShutdown()
        _ = await connections.result
        await server.stop()
    }
}

/// A service over a store on a simulated disk.
private final class ServerStore: Sendable {
    private let store: Store
    let service: MarketStoreService

    init() throws {
        store = try Store.open(directory: "/data", fileSystem: SimulatedDisk(seed: 1))
        service = try MarketStoreService(
            store: store,
            engine: QueryEngine(source: store, writer: store),
            zone: .utc,
            version: Captured.version
        )
    }

    deinit { store.close(flush: false) }
}

/// Messages as they are.
private struct RawBytes: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
        bytes.withUnsafeBytes { Array($0) }
    }
}
