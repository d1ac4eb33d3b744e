import NIOCore
import Wire

/// The HTTP side of the simulated exchange. Called on the exchange's loop.
struct SimulatorRoutes: HTTPHandler {
    private let exchange: ExchangeSimulator

    init(exchange: ExchangeSimulator) { self.exchange = exchange }

    func handle(_ head: HTTPRequest, on eventLoop: any EventLoop) -> HTTPDisposition {
        if head.path == "/sim/fault" {
            guard head.method == .post else { return error(.methodNotAllowed, -1, "POST a fault") }
            return .collect(bodyBytesMax: 4096) { request, writer in writer.send(fault(request.body)) }
        }
        guard head.method == .get else { return error(.methodNotAllowed, -1, "only GET is served here") }
        switch head.path {
        case "/api/v3/ping": return .respond(json("{}"))
        case "/api/v3/time":
            return .respond(json("{\"serverTime\":\(exchange.clock() / 1_000_000)}"))
        case "/api/v3/exchangeInfo": return exchangeInfo(head)
        case "/api/v3/depth": return depth(head)
        case "/stream", "/stream/":
            let streams = (head.parameter("streams") ?? "").split(separator: "/").map(String.init)
            return stream(head, streams, isCombined: true)
        default:
            if head.path == "/ws" { return stream(head, [], isCombined: false) }
            if head.path.hasPrefix("/ws/") {
                let streams = head.path.dropFirst(4).split(separator: "/").map(String.init)
                return stream(head, streams, isCombined: false)
            }
            return error(.notFound, -1, "no such endpoint")
        }
    }

    private func stream(_ head: HTTPRequest, _ streams: [String], isCombined: Bool) -> HTTPDisposition {
        guard head.isWebSocketUpgrade else { return error(.badRequest, -1, "this is a WebSocket") }
        guard streams.count <= SimulatorOptions.streamsMax else { return error(.badRequest, -1, "too many streams") }
        let isMicro: Bool
        switch head.parameter("timeUnit")?.uppercased() {
        case nil, "MILLISECOND": isMicro = false
        case "MICROSECOND": isMicro = true
        default: return error(.badRequest, -1102, "timeUnit must be MILLISECOND or MICROSECOND")
        }
        var limits = WebSocketLimits()
        limits.messageBytesMax = SimulatorOptions.clientMessageBytesMax
        return .webSocket(
            WebSocketAcceptance(limits: limits) { [exchange] connection in
                StreamSubscriber(
                    exchange: exchange,
                    connection: connection,
                    streams: streams,
                    isCombined: isCombined,
                    unit: isMicro ? .microseconds : .milliseconds
                )
            }
        )
    }

    private func exchangeInfo(_ head: HTTPRequest) -> HTTPDisposition {
        var names: [String]?
        if let symbol = head.parameter("symbol") { names = [symbol] }
        if let list = head.parameter("symbols") {
            guard list.hasPrefix("["), list.hasSuffix("]") else {
                return error(.badRequest, -1100, "Illegal characters found in parameter 'symbols'")
            }
            names = list.dropFirst().dropLast().split(separator: ",").map { $0.filter { $0 != "\"" && $0 != " " } }
        }
        var places = Array(exchange.markets.indices)
        if let names {
            places = names.compactMap { exchange.indices[$0] }
            guard places.count == names.count else { return error(.badRequest, -1121, "Invalid symbol.") }
        }
        var text = MessageText()
        text.text("{\"timezone\":\"UTC\",\"serverTime\":\(exchange.clock() / 1_000_000)")
        text.text(",\"rateLimits\":[],\"exchangeFilters\":[],\"symbols\":[")
        for (index, place) in places.enumerated() {
            if index > 0 { text.text(",") }
            text.listing(of: exchange.options.symbols[place])
        }
        text.text("]}")
        return .respond(json(text.bytes))
    }

    private func depth(_ head: HTTPRequest) -> HTTPDisposition {
        guard let symbol = head.parameter("symbol") else {
            return error(.badRequest, -1102, "Mandatory parameter 'symbol' was not sent.")
        }
        guard let place = exchange.indices[symbol] else { return error(.badRequest, -1121, "Invalid symbol.") }
        guard let limit = Int(head.parameter("limit") ?? "100"), limit >= 1, limit <= 5000 else {
            return error(.badRequest, -1100, "Illegal characters found in parameter 'limit'")
        }
        let market = exchange.markets[place]
        var id = market.updateID
        switch exchange.takeSnapshotFault(place) {
        case .limit:
            var response = json("{\"code\":-1003,\"msg\":\"Too much request weight used.\"}")
            response.status = .tooManyRequests
            response.fields["Retry-After"] = "1"
            return .respond(response)
        case .oldSnapshot: id = 1
        default: break
        }
        var text = MessageText()
        text.snapshot(of: market, lastUpdateID: id, limit: limit)
        return .respond(json(text.bytes))
    }

    /// Reads `{"kind":"gap","symbol":"BTCUSDT"}`.
    private func fault(_ body: ByteBuffer) -> HTTPResponse {
        let kinds = SimulatorFault.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        guard let fields = try? FlatObject(Array(body.readableBytesView)).fields,
            let kind = fields["kind"].flatMap(SimulatorFault.Kind.init(rawValue:))
        else {
            return problem(.badRequest, -1100, "want {'kind':KIND,'symbol':SYMBOL}, KIND one of \(kinds)")
        }
        guard exchange.apply(SimulatorFault(kind, symbol: fields["symbol"])) else {
            return problem(.badRequest, -1121, "Invalid symbol.")
        }
        return json("{\"ok\":true}")
    }

    func refusal(_ status: HTTPStatus, _ message: String, of request: HTTPRequest?) -> HTTPResponse {
        problem(status, -1, message)
    }

    private func error(_ status: HTTPStatus, _ code: Int, _ message: String) -> HTTPDisposition {
        .respond(problem(status, code, message))
    }

    private func problem(_ status: HTTPStatus, _ code: Int, _ message: String) -> HTTPResponse {
        let text = message.filter { $0 != "\"" && $0 != "\\" && $0.isASCII }
        var response = json("{\"code\":\(code),\"msg\":\"\(text)\"}")
        response.status = status
        return response
    }

    private func json(_ text: String) -> HTTPResponse { json(Array(text.utf8)) }

    private func json(_ bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(status: .ok, fields: ["Content-Type": "application/json"], body: ByteBuffer(bytes: bytes))
    }
}
