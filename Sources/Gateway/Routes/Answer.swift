internal import NIOCore
internal import QueryLang
internal import Wire

/// The way back of one request through the gateway: adds what every response bears, and counts it.
struct Answer: Sendable {
    let writer: HTTPResponseWriter
    let route: RouteClass
    let counters: GatewayCounters

    /// On every response: types are not guessed, and pages of other sites may not embed it.
    static let commonFields: HTTPFields = [
        "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer", "Server": "tickgate",
    ]

    func send(_ response: HTTPResponse) {
        counters.responded(route, response.status)
        writer.send(Self.complete(response))
    }

    func send(_ problem: Problem, asText: Bool = false) { send(problem.response(asText: asText)) }

    /// A problem in the form that the request of a query asks for.
    func send(_ problem: Problem, to query: QueryRequest) {
        switch query.errorForm {
        case .problem: send(problem.response())
        case .text: send(problem.response(asText: true))
        case .questDB: send(problem.questDBResponse(to: query.text))
        }
    }

    /// Bytes that are coded on the loop at most: beyond, other connections would wait for milliseconds.
    private static let codedBytesMax = 256 * 1024

    func send(_ json: JSONBuffer) {
        var fields: HTTPFields = [
            "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store", "Vary": "Accept-Encoding",
        ]
        var body = ByteBuffer(bytes: json.bytes)
        if (GzipEncoder.bodyBytesMin...Self.codedBytesMax).contains(json.bytes.count), writer.acceptsGzip,
            let encoder = GzipEncoder()
        {
            fields["Content-Encoding"] = "gzip"
            body = encoder.encode(json.bytes, isLast: true)
        }
        send(HTTPResponse(status: .ok, fields: fields, body: body))
    }

    func send(_ result: Result<JSONBuffer, ProblemError>) {
        switch result {
        case .success(let json): send(json)
        case .failure(let error): send(error.problem)
        }
    }

    func start(_ status: HTTPStatus, _ fields: HTTPFields) {
        counters.responded(route, status)
        writer.start(status, Self.complete(fields))
    }

    /// What an authorizer has against a statement; nil for nothing.
    func refusal(of statementClass: StatementClass, _ request: HTTPRequest, _ authorizer: any Authorizer) -> Problem? {
        switch authorizer.authorize(statementClass, request) {
        case .allowed: return nil
        case .unauthenticated(let reason):
            var problem = Problem(.unauthorized, "unauthenticated", reason)
            problem.fields["WWW-Authenticate"] = "Bearer"
            return problem
        case .forbidden(let reason): return Problem(.forbidden, "forbidden", reason)
        }
    }

    static func complete(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        response.fields = complete(response.fields)
        return response
    }

    static func complete(_ fields: HTTPFields) -> HTTPFields {
        var fields = fields
        for (name, value) in commonFields.all { fields[name] = value }
        return fields
    }
}
