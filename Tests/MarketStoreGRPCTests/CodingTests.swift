import MarketStore
import SwiftProtobuf
import TestSupport
import Testing

@testable import MarketStoreGRPC

/// The bytes that MarketStore exchanged with its client.
enum Captured {
    static let writeRequest = bytes(
        "0a6c0a6a0a4a0a0269380a0266340a026938120545706f6368120250781201561a10e81d946500000000241e9465000000001a080000803f0000"
            + "c03f1a106400000000000000c8000000000000002002120d0a0947522f314d696e2f5810001a0d0a0947522f314d696e2f581002"
    )
    static let queryRequest = bytes("0a0d1a0947522f314d696e2f584805")
    static let queryResponse = bytes(
        "0aad010aaa010a4a0a0269380a0266340a026938120545706f6368120250781201561a10e81d946500000000241e9465000000001a080000803f"
            + "0000c03f1a106400000000000000c8000000000000002002122d0a2947522f314d696e2f583a53796d626f6c2f54696d656672616d65"
            + "2f41747472696275746547726f757010001a2d0a2947522f314d696e2f583a53796d626f6c2f54696d656672616d652f417474726962"
            + "75746547726f757010021228303037353836353638616139326131633833313839623363303638343364633237613233653562331a03"
            + "555443"
    )
    static let listRequest = bytes("0801")
    static let listResponse = bytes("0a0947522f314d696e2f58")
    static let createRequest = bytes(
        "0a4b0a2947432f314d696e2f583a53796d626f6c2f54696d656672616d652f41747472696275746547726f7570120b0a0545706f636812026938"
            + "12070a0150120266341a087661726961626c65"
    )
    static let createResponse = bytes(
        "0a2a122830303735383635363861613932613163383331383962336330363834336463323761323365356233"
    )
    static let createBadResponse = bytes(
        "0a5f0a337265636f7264207479706520226e6f706522206d757374206265206f6e65206f66206669786564206f72207661726961626c65122830"
            + "303735383635363861613932613163383331383962336330363834336463323761323365356233"
    )
    static let destroyResponse = bytes(
        "0a2a1228303037353836353638616139326131633833313839623363303638343364633237613233653562330a770a4b72656d6f76616c206f66"
            + "20636174616c6f6720656e747279206661696c65643a20556e61626c6520746f2066696e64206c6576656c206974656d3a204e4f2069"
            + "6e206469726563746f7279122830303735383635363861613932613163383331383962336330363834336463323761323365356233"
    )
    static let versionResponse = bytes(
        "0a2830303735383635363861613932613163383331383962336330363834336463323761323365356233"
    )
    static let version = "007586568aa92a1c83189b3c06843dc27a23e5b3"

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).map { index in
            UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) ?? 0
        }
    }
}

@Suite("The messages of MarketStore's gRPC service")
struct CodingTests {
    private static let dataset = Dataset(
        columns: [
            .init(
                name: "Epoch",
                type: "i8",
                bytes: [0xE8, 0x1D, 0x94, 0x65, 0, 0, 0, 0, 0x24, 0x1E, 0x94, 0x65, 0, 0, 0, 0]
            ),
            .init(name: "Px", type: "f4", bytes: [0, 0, 0x80, 0x3F, 0, 0, 0xC0, 0x3F]),
            .init(name: "V", type: "i8", bytes: [100, 0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0]),
        ],
        rowCount: 2,
        spans: [.init(key: "GR/1Min/X", start: 0, count: 2)]
    )

    private func write(_ bytes: [UInt8]) throws -> WriteCall { try bytes.withUnsafeBytes { try WriteCall($0) } }

    @Test("are read as MarketStore's client wrote them")
    func capturedWrite() throws {
        let call = try write(Captured.writeRequest)
        #expect(call.writes == [.success(DataWrite(dataset: Self.dataset, isVariable: false))])
    }

    @Test("are the bytes that MarketStore answered with")
    func capturedAnswer() throws {
        var dataset = Self.dataset
        dataset.spans[0].key += BucketKey.category
        let answer = QueryAnswer(datasets: [dataset], version: Captured.version, timezone: "UTC")
        let bytes: [UInt8] = try QueryAnswerSerializer().serialize(answer)
        #expect(bytes == Captured.queryResponse)
    }

    @Test("of a query are read with zeros as nothing")
    func capturedQuery() throws {
        let request = try Proto_MultiQueryRequest(serializedBytes: Captured.queryRequest)
        var expected = DataQuery()
        expected.destination = "GR/1Min/X"
        expected.limit = 5
        #expect(request.requests.map(Calls.query) == [expected])
        var bounds = Proto_QueryRequest()
        bounds.epochStart = -1
        bounds.epochEndNanos = 7
        #expect(Calls.query(bounds).epochStart == -1)
        #expect(Calls.query(bounds).epochEnd == nil)
        #expect(Calls.query(bounds).epochEndNanos == nil)
        bounds.epochEnd = 3
        #expect(Calls.query(bounds).epochEndNanos == 7)
    }

    @Test("that make no dataset are an error of that write alone")
    func inconsistentWrites() throws {
        func failure(_ change: (inout Proto_NumpyMultiDataset) -> Void) throws -> String? {
            var request = try Proto_MultiWriteRequest(serializedBytes: Captured.writeRequest)
            change(&request.requests[0].data)
            request.requests.append(request.requests[0])
            let call = try write(request.serializedBytes())
            #expect(call.writes.count == 2)
            guard case .failure(let error) = call.writes[1] else { return nil }
            return error.message
        }
        #expect(try failure { _ in } == nil)
        #expect(try failure { $0.data.columnNames.removeLast() }?.contains("column_names") == true)
        #expect(try failure { $0.lengths["A/1Min/X"] = 1 }?.contains("start_index has no entry") == true)
        #expect(try failure { $0.startIndex["A/1Min/X"] = 1 }?.contains("lengths has no entry") == true)
    }

    private func request(_ random: inout SeededGenerator) -> Proto_MultiWriteRequest {
        func text(_ random: inout SeededGenerator) -> String {
            String((0..<random.int(0...200)).map { _ in "aé/0".randomElement(using: &random)! })
        }
        var request = Proto_MultiWriteRequest()
        for _ in 0..<random.int(0...3) {
            var write = Proto_WriteRequest()
            write.isVariableLength = random.oneIn(2)
            for _ in 0..<random.int(0...4) {
                write.data.data.columnTypes.append(text(&random))
                write.data.data.columnNames.append(text(&random))
                write.data.data.columnData.append(
                    .init((0..<random.int(0...300)).map { UInt8(truncatingIfNeeded: $0) })
                )
            }
            write.data.data.length = Int32(truncatingIfNeeded: random.next()) >> Int32(random.int(0...31))
            write.data.data.dataShapes = [.init()]
            for _ in 0..<random.int(0...3) {
                let key = text(&random)
                write.data.startIndex[key] = Int32(truncatingIfNeeded: random.next())
                write.data.lengths[key] = Int32(truncatingIfNeeded: random.next())
            }
            request.requests.append(write)
        }
        return request
    }

    /// What the generated code reads, in the same terms.
    private func expected(_ request: Proto_MultiWriteRequest) -> [DataWrite] {
        request.requests.map { write in
            var dataset = Dataset(rowCount: Int(write.data.data.length))
            for (place, name) in write.data.data.columnNames.enumerated() {
                let data = write.data.data
                dataset.columns.append(
                    .init(name: name, type: data.columnTypes[place], bytes: Array(data.columnData[place]))
                )
            }
            dataset.spans = write.data.lengths.map { key, count in
                .init(key: key, start: Int(write.data.startIndex[key] ?? 0), count: Int(count))
            }
            dataset.spans.sort { ($0.start, $0.key) < ($1.start, $1.key) }
            return DataWrite(dataset: dataset, isVariable: write.isVariableLength)
        }
    }

    @Test("are read and written as the generated code does", arguments: 0..<20)
    func agreesWithGeneratedCode(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let request = request(&random)
            let call = try write(request.serializedBytes())
            #expect(call.writes == expected(request).map { .success($0) })
            var datasets = expected(request).map(\.dataset)
            for index in datasets.indices {
                datasets[index].rowCount &= 0x7FFF_FFFF
                for span in datasets[index].spans.indices {
                    datasets[index].spans[span].start &= 0x7FFF_FFFF
                    datasets[index].spans[span].count &= 0x7FFF_FFFF
                }
            }
            let bytes: [UInt8] = try QueryAnswerSerializer()
                .serialize(QueryAnswer(datasets: datasets, version: "v", timezone: "UTC"))
            let message = try Proto_MultiQueryResponse(serializedBytes: bytes)
            #expect(message.version == "v" && message.timezone == "UTC")
            #expect(message.responses.map(\.result.data.columnNames) == datasets.map { $0.columns.map(\.name) })
            #expect(message.responses.map(\.result.data.columnTypes) == datasets.map { $0.columns.map(\.type) })
            #expect(
                message.responses.map { $0.result.data.columnData.map { Array($0) } }
                    == datasets.map { $0.columns.map(\.bytes) }
            )
            #expect(message.responses.map { Int($0.result.data.length) } == datasets.map(\.rowCount))
            for (response, dataset) in zip(message.responses, datasets) {
                #expect(
                    response.result.lengths
                        == Dictionary(uniqueKeysWithValues: dataset.spans.map { ($0.key, Int32($0.count)) })
                )
                #expect(
                    response.result.startIndex
                        == Dictionary(uniqueKeysWithValues: dataset.spans.map { ($0.key, Int32($0.start)) })
                )
            }
        }
    }

    @Test(
        "that are damaged are a fault or mean what the generated code reads, and never end the process",
        arguments: 0..<20
    )
    func damaged(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var bytes = Captured.writeRequest
            for _ in 0..<random.int(1...4) where !bytes.isEmpty {
                let place = random.int(0...bytes.count - 1)
                switch random.int(0...3) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
                case 2: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                default: bytes = Array(bytes[..<max(place, 1)])
                }
            }
            guard let call = try? write(bytes), let message = try? Proto_MultiWriteRequest(serializedBytes: bytes)
            else {
                continue
            }
            let whole = call.writes.compactMap { try? $0.get() }
            guard whole.count == call.writes.count else { continue }
            #expect(whole == expected(message))
        }
        for bytes: [UInt8] in [[], [0x0A], [0x0A, 0xFF], Array(repeating: 0xFF, count: 30), [0x0B], [0x02, 0x00]] {
            _ = try? write(bytes)
        }
    }
}
