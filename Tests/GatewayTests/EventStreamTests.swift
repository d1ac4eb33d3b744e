import Documents
import Engine
import NIOCore
import NIOPosix
import QueryLang
import Testing
import Wire

@testable import Gateway

/// Server-sent events, over real sockets.
@Suite(.serialized) struct EventStreamTests {
    private struct BodyEnded: Error {}

    /// An event as a browser reads it.
    private struct Event {
        var name = ""
        var id: String?
        var data = DocumentValue.null
    }

    /// Reads the body of a response that does not end, event by event.
    private final class Reader {
        private let socket: RawRequest
        private var unread: [UInt8] = []

        init(port: Int, _ target: String, fields: String = "") {
            socket = RawRequest(port: port)
            socket.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n")
        }

        var head: String { String(decoding: read(through: "\r\n\r\n"), as: UTF8.self) }

        /// The next event; comments and fields without data are passed over.
        func next() throws -> Event {
            var body = ""
            while true {
                let size = Int(String(decoding: read(through: "\r\n").dropLast(2), as: UTF8.self), radix: 16) ?? 0
                guard size > 0 else { throw BodyEnded() }
                while unread.count < size + 2 {
                    let more = socket.receive()
                    guard !more.isEmpty else { throw BodyEnded() }
                    unread += more
                }
                body += String(decoding: unread[..<size], as: UTF8.self)
                unread.removeFirst(size + 2)
                pending += body.components
                body = ""
                while !pending.isEmpty {
                    let block = pending.removeFirst()
                    guard block.contains("data: ") else { continue }
                    return try Self.parse(block)
                }
            }
        }

        private var pending: [String] = []

        func nextPending() throws -> Event? {
            while !pending.isEmpty {
                let block = pending.removeFirst()
                if block.contains("data: ") { return try Self.parse(block) }
            }
            return nil
        }

        private static func parse(_ block: String) throws -> Event {
            var event = Event()
            for line in block.split(separator: "\n") {
                if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                if line.hasPrefix("data: ") { event.data = try JSONReader.value(of: Array(line.dropFirst(6).utf8)) }
            }
            return event
        }

        private func read(through mark: String) -> [UInt8] {
            while true {
                if let range = unread.firstRange(of: Array(mark.utf8)) {
                    let found = Array(unread[..<range.upperBound])
                    unread.removeFirst(range.upperBound)
                    return found
                }
                let more = socket.receive()
                if more.isEmpty { return unread }
                unread += more
            }
        }
    }

    private func take(_ reader: Reader) throws -> Event { try reader.nextPending() ?? reader.next() }

    @Test func eventsAreTheMessagesOfTheStreamAndResumeByTheirID() async throws {
        let fixture = try await GatewayFixture()
        fixture.start(0)
        try await fixture.poll("the loops have it") {
            try await fixture.get("/v1/symbols").json["symbols"]?.strings == ["BTC-USDT.BINANCE"]
        }
        let target = "/v1/stream/sse?symbols=BTC-USDT.BINANCE&features=mid,bid&mode=all"
        let reader = Reader(port: fixture.gateway.port, target)
        let head = reader.head
        #expect(head.hasPrefix("HTTP/1.1 200"))
        #expect(head.lowercased().contains("content-type: text/event-stream"))
        let subscribed = try take(reader)
        #expect(subscribed.name == "subscribed")
        #expect(subscribed.data["subs"]?.array?.first?["fields"]?.strings == ["bid", "mid"])
        let snapshot = try take(reader)
        #expect(snapshot.name == "snap")
        #expect(snapshot.id == "BTC-USDT.BINANCE=k1:1")
        fixture.publish(0, seq: 2, [(2, 7)])
        let delta = try take(reader)
        #expect(delta.name == "d")
        #expect(delta.id == "BTC-USDT.BINANCE=k1:2")
        #expect(delta.data["prev"] == .integer(1))
        for seq in 3...5 { fixture.publish(0, seq: Int64(seq), [(2, Double(seq))]) }
        for fields in ["Last-Event-ID: \(delta.id ?? "")\r\n", ""] {
            let resumed = fields.isEmpty ? target + "&resume=BTC-USDT.BINANCE=k1:2" : target
            let again = Reader(port: fixture.gateway.port, resumed, fields: fields)
            _ = again.head
            let answer = try take(again)
            #expect(answer.data["subs"]?.array?.first?["resumed"] == .boolean(true))
            #expect(try (3...5).map { _ in try take(again).data["prev"]?.integer } == [2, 3, 4])
        }
        await fixture.gateway.stop()
    }

    @Test func whatCanNeverGiveAnEventIsAProblem() async throws {
        let fixture = try await GatewayFixture()
        fixture.start(0)
        for (query, status, code) in [
            ("", 400, "bad_request"), ("?symbols=BTC-USDT.BINANC", 404, "unknown_symbol"),
            ("?symbols=*&features=spred", 404, "unknown_feature"), ("?symbols=*&view=x@v1", 404, "unknown_view"),
            ("?symbols=*&mode=some", 400, "bad_request"), ("?symbols=*&max_rate_hz=0", 400, "bad_request"),
            ("?symbols=*&resume=x", 400, "bad_request"), ("?symbol=*", 400, "bad_request"),
            ("?symbols=*&query=SELECT+1", 400, "bad_request"),
        ] {
            let response = try await fixture.get("/v1/stream/sse\(query)")
            #expect(response.status.code == status, "\(query)")
            #expect(response.fields["Content-Type"] == "application/problem+json")
            #expect(response.json["code"] == .string(code), "\(query)")
        }
        await fixture.gateway.stop()
    }

    /// Does its work on one of the loops.
    private struct LoopExecutor: LiveExecutor {
        func execute(_ work: @escaping @Sendable () -> Void) { sharedGroup.next().execute(work) }
    }

    /// A browser comes back after an event, and for ever, but not after a status.
    @Test(arguments: [false, true]) func aQueryThatIsRefusedIsAProblem(isPreparedApart: Bool) async throws {
        let source = FakeQuerySource()
        let executor: (any LiveExecutor)? = isPreparedApart ? LoopExecutor() : nil
        let fixture = try await GatewayFixture(following: source, preparing: executor)
        let refused = try await fixture.get("/v1/stream/sse?query=SELEC+1")
        #expect(refused.status == .badRequest)
        #expect(refused.json["code"] == .string("syntax_error"))
        #expect(refused.json["position"]?["column"] == .integer(1))
        #expect(refused.json["snippet"]?.string?.contains("^") == true)
        let reader = Reader(port: fixture.gateway.port, "/v1/stream/sse?query=SELECT+1")
        #expect(reader.head.hasPrefix("HTTP/1.1 200"))
        #expect(try take(reader).name == "subscribed")
        source.tell(.ended(QueryError(.unknownTable, "the table 'trades' does not exist any more")))
        let last = try take(reader)
        #expect(last.name == "error")
        #expect(last.data["code"] == .string("unknown_table"))
        #expect(throws: (any Error).self, "nothing else can come") { try take(reader) }
        await fixture.gateway.stop()
    }

    @Test func serverThatStopsEndsTheEvents() async throws {
        let fixture = try await GatewayFixture { $0.shutdownGrace = .seconds(20) }
        fixture.start(0)
        let reader = Reader(port: fixture.gateway.port, "/v1/stream/sse?symbols=*")
        _ = reader.head
        #expect(try take(reader).name == "subscribed")
        await fixture.gateway.stop()
        var names: [String] = []
        while let event = try? take(reader) { names.append(event.name) }
        #expect(names.last == "goaway")
        #expect(fixture.streams.context.counters.connections.value == 0)
    }

    @Test func everyIDNamesEveryInstrumentThatTheSubscriberFollows() async throws {
        let fixture = try await GatewayFixture()
        for instrument in 0..<2 { fixture.start(instrument) }
        try await fixture.poll("the loops have them") {
            try await fixture.get("/v1/symbols").json["symbols"]?.strings?.count == 2
        }
        let target = "/v1/stream/sse?symbols=BTC-USDT.BINANCE,ETH-USDT.BINANCE&features=mid&mode=all"
        let reader = Reader(port: fixture.gateway.port, target)
        _ = reader.head
        let first = try (0..<3).map { _ in try take(reader) }
        #expect(first.map(\.name) == ["subscribed", "snap", "snap"])
        #expect(first[2].id == "BTC-USDT.BINANCE=k1:1,ETH-USDT.BINANCE=k1:1")
        var ids: [String] = []
        for seq in 2...6 {
            fixture.publish(seq % 2, seq: Int64(seq), [(2, Double(seq))])
            ids.append(try take(reader).id ?? "")
        }
        #expect(ids[1] == "BTC-USDT.BINANCE=k1:2,ETH-USDT.BINANCE=k1:3")
        for (missing, id) in ids.enumerated().map({ (4 - $0.offset, $0.element) }) {
            let again = Reader(port: fixture.gateway.port, target, fields: "Last-Event-ID: \(id)\r\n")
            _ = again.head
            let subscriptions = try #require(try take(again).data["subs"]?.array)
            #expect(subscriptions.map { $0["resumed"] } == [.boolean(true), .boolean(true)], "\(id)")
            var last = id
            let replayed = try (0..<missing).map { _ in try take(again) }
            #expect(replayed.allSatisfy { $0.name == "d" })
            if let id = replayed.last?.id { last = id }
            #expect(last == ids[4], "both are named from the first event on")
        }
        await fixture.gateway.stop()
    }

    @Test func idsOfManyInstrumentsComeOncePerWrite() throws {
        var cursor = EventCursor()
        func event(_ number: Int, _ seq: Int) -> String {
            "event: d\nid: S\(number)=k1:\(seq)\ndata: {\"id: x\":1}\n\n"
        }
        func complete(_ numbers: some Sequence<Int>, _ seq: Int) -> [String] {
            let events = numbers.map { event($0, seq) }.joined()
            let completed = String(buffer: cursor.complete(ByteBuffer(string: ": hb\n\n" + events)))
            #expect(completed.components.count == events.components.count + 1)
            return completed.split(separator: "\n").filter { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
        }
        #expect(complete([1], 1) == ["S1=k1:1"])
        #expect(complete([2, 1], 2) == ["S1=k1:1,S2=k1:2", "S1=k1:2,S2=k1:2"])
        let many = EventCursor.instrumentsOfEveryIDMax + 8
        _ = complete(1...many, 3)
        let ids = complete(1...many, 4)
        #expect(ids.count == 1)
        let positions = try EventStreamRequest.positions(ids[0])
        #expect(positions.count == many)
        #expect(positions.values.allSatisfy { $0 == StreamPosition(epoch: "k1", seq: 4) })
    }

    @Test func idOfAnySeriesIsAFieldOfHTTP() throws {
        for symbol in ["BTC-USDT.BINANCE", "a,b", "100%", "Zürich", "a=b", " ", "x:1"] {
            let id = EventID(symbol: symbol, epoch: "k1-2", seq: 7)
            #expect(EventID(id.text) == id)
            #expect(id.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }, "\(id.text)")
        }
        for text in ["a%=k1:2", "a%4=k1:2", "a%zz=k1:2"] { #expect(EventID(text) == nil) }
    }

    @Test func idsAreReadBack() throws {
        let positions = try EventStreamRequest.positions("BTC-USDT.BINANCE=k1-2:103,A=B=k2:7")
        #expect(positions["BTC-USDT.BINANCE"] == StreamPosition(epoch: "k1-2", seq: 103))
        #expect(positions["A=B"] == StreamPosition(epoch: "k2", seq: 7))
        for text in ["x", "x=1", "x:1", "x=k1:z"] {
            #expect(throws: StreamRequest.Refusal.self) { try EventStreamRequest.positions(text) }
        }
    }
}

extension String {
    /// The blocks of a stream of events.
    fileprivate var components: [String] {
        var blocks: [String] = []
        var rest = Substring(self)
        while let end = rest.firstRange(of: "\n\n") {
            blocks.append(String(rest[..<end.lowerBound]))
            rest = rest[end.upperBound...]
        }
        return blocks
    }
}
