import Foundation
import NIOCore
import NIOPosix
import Wire

/// How a shell speaks with its gateway: each call is an HTTP exchange, waited for.
final class GatewayConnection: Sendable {
    /// Answers that are collected; rows are streamed instead.
    static let answerBytesMax = 256 << 20
    /// What is asked beside the user's statements, such as names for completion, must not keep one waiting.
    static let asideSeconds: Int64 = 3

    let base: WireURL
    private let client: HTTPClient
    /// Answers within a short time, or not at all.
    private let aside: HTTPClient
    private let token: String?
    /// What the names of this shell's queries begin with.
    private let prefix: String

    /// - Parameters:
    ///   - base: the gateway, such as `http://127.0.0.1:8080`.
    ///   - token: the admin token; nil for none.
    init(_ base: String, token: String?) throws(WireError) {
        // Who names a host alone means a gateway.
        self.base = try WireURL(base.contains("://") ? base : "http://\(base)")
        let tls = self.base.isTLS ? try WireTLS.client() : nil
        let group = MultiThreadedEventLoopGroup.singleton
        self.client = HTTPClient(group: group, tls: tls)
        var limits = HTTPClientLimits()
        limits.timeout = .seconds(Self.asideSeconds)
        limits.connectTimeout = .seconds(Self.asideSeconds)
        self.aside = HTTPClient(group: group, tls: tls, limits: limits)
        self.token = token.flatMap { $0.isEmpty ? nil : $0 }
        self.prefix = "shell-\(ProcessInfo.processInfo.processIdentifier)-\(UInt16.random(in: 0 ... .max))"
    }

    /// The name of the n-th query.
    func queryID(_ number: Int) -> String { "\(prefix)-\(number)" }

    /// Begins to run a statement. `format` is one of the gateway's.
    func open(_ statement: String, format: String, id: String) throws(ShellFailure) -> AnswerStream {
        var fields = fields
        fields["Content-Type"] = "text/plain; charset=utf-8"
        fields["Accept"] = "text/plain"
        fields["X-Query-Id"] = id
        let target = "/v1/query?format=\(format)"
        return AnswerStream(try request(.post, target, fields, ByteBuffer(string: statement)), client: client)
    }

    /// Begins a call of MarketStore's RPC in JSON.
    func openRPC(_ body: Data) throws(ShellFailure) -> AnswerStream {
        var fields = fields
        fields["Content-Type"] = "application/json"
        return AnswerStream(try request(.post, "/rpc", fields, ByteBuffer(bytes: body)), client: client)
    }

    /// Begins to follow a query's answer as server-sent events.
    func follow(_ query: String) throws(ShellFailure) -> AnswerStream {
        var fields = fields
        fields["Accept"] = "text/event-stream"
        let text = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let target = "/v1/stream/sse?on_lag=snapshot&query=\(text)"
        return AnswerStream(try request(.get, target, fields, nil), client: client)
    }

    /// Stops a query; false if it is none that is active.
    func cancel(_ id: String) throws(ShellFailure) -> Bool {
        let allowed = CharacterSet(charactersIn: "-._").union(.alphanumerics)
        let name = id.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        let response = try ask(.delete, "/v1/queries/\(name)")
        switch response.status.code {
        case 204: return true
        case 404: return false
        default: throw .refused(Self.text(response))
        }
    }

    /// The rows of a short statement as JSON; nil if there is no such answer in a short time.
    func rows(of statement: String) -> [[Any]]? {
        guard let response = try? ask(.post, "/v1/query?format=json", ByteBuffer(string: statement)),
            response.status.code == 200,
            let answer = try? JSONSerialization.jsonObject(with: Data(response.body.readableBytesView))
        else { return nil }
        return (answer as? [String: Any])?["rows"] as? [[Any]]
    }

    /// The state of the gateway in a word: `ready` if it is.
    func state() throws(ShellFailure) -> String {
        let response = try ask(.get, "/health/ready")
        let answer = try? JSONSerialization.jsonObject(with: Data(response.body.readableBytesView))
        guard let status = (answer as? [String: Any])?["status"] as? String else {
            throw .unreachable("\(base.authority) answers, but is no Tickgate gateway")
        }
        return status
    }

    private var fields: HTTPFields {
        var fields: HTTPFields = [:]
        if let token { fields["Authorization"] = "Bearer \(token)" }
        return fields
    }

    private func request(
        _ method: HTTPMethod,
        _ target: String,
        _ fields: HTTPFields,
        _ body: ByteBuffer?
    ) throws(ShellFailure) -> HTTPClientRequest {
        do {
            return HTTPClientRequest(url: try base.with(target: target), method: method, fields: fields, body: body)
        } catch {
            throw .refused(error.message)
        }
    }

    private func ask(
        _ method: HTTPMethod,
        _ target: String,
        _ body: ByteBuffer? = nil
    ) throws(ShellFailure) -> HTTPResponse {
        let request = try request(method, target, fields, body)
        do {
            return try aside.execute(request).wait()
        } catch let error as WireError {
            throw Self.failure(error)
        } catch {
            throw .unreachable("\(error)")
        }
    }

    // MARK: - What is wrong

    /// A failure of the connection in words.
    static func failure(_ error: WireError) -> ShellFailure {
        switch error.code {
        case .connectFailed: .unreachable(ConnectFailureText.of(error.message))
        case .cancelled: .interrupted
        case .badAddress: .refused(error.message)
        case .tls, .timeout, .protocolViolation, .tooLarge, .closed, .refused: .unreachable(error.message)
        }
    }

    /// What the gateway has against a request: the text that it sends, or what is in its problem document.
    static func text(_ response: HTTPResponse) -> String {
        let bytes = Data(response.body.readableBytesView)
        if let problem = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any],
            let detail = problem["detail"] as? String
        {
            return [detail, problem["hint"] as? String].compactMap(\.self).joined(separator: "; ")
        }
        var text = String(decoding: bytes, as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        return text.isEmpty ? "the gateway refused: \(response.status.code) \(response.status.reason)" : text
    }
}

/// The words for a connection that could not be made, without the names of the machinery.
enum ConnectFailureText {
    /// `cannot connect to HOST:PORT: refused`, and what to do.
    static func of(_ message: String) -> String {
        let head = message.firstRange(of: ": ").map { message[..<$0.lowerBound] } ?? message[...]
        let reasons = [
            ("Connection refused", "nobody listens there; `tickgate serve` starts a gateway"),
            ("timed out", "no answer"), ("connectTimeout", "no answer"), ("No route", "no route to it"),
            ("unreachable", "it cannot be reached"), ("dnsAError", "the name is not known"),
            ("UnknownHost", "the name is not known"), ("getaddrinfo", "the name is not known"),
        ]
        guard let reason = reasons.first(where: { message.contains($0.0) }) else { return message }
        return "\(head): \(reason.1)"
    }
}
