import Foundation
import Gateway
import NIOCore
import NIOPosix
import Wire

/// Asks a running gateway to look after its store.
struct AdministrationClient {
    /// A compaction of a large store takes hours; nobody waits longer than a day.
    private static let timeout = TimeAmount.hours(24)

    let base: String
    let token: String

    /// `GET /v1/admin/store`.
    func status() async throws -> StoreStatus {
        let body = try await send(.get, "/v1/admin/store")
        do {
            return try JSONDecoder().decode(StoreStatus.self, from: body)
        } catch {
            throw CommandError.Failure("\(base) answers, but not as a gateway of this version: \(error)")
        }
    }

    /// `POST /v1/admin/backup`.
    func backup(to directory: String) async throws {
        let body = try JSONSerialization.data(withJSONObject: ["directory": directory])
        _ = try await send(.post, "/v1/admin/backup", body)
    }

    /// `POST /v1/admin/compact`.
    func compact() async throws { _ = try await send(.post, "/v1/admin/compact") }

    private func send(_ method: HTTPMethod, _ target: String, _ body: Data? = nil) async throws -> Data {
        let url = try WireURL(base).with(target: target)
        var limits = HTTPClientLimits()
        limits.timeout = Self.timeout
        let client = HTTPClient(
            group: MultiThreadedEventLoopGroup.singleton,
            tls: url.isTLS ? try WireTLS.client() : nil,
            limits: limits
        )
        var fields: HTTPFields = ["Authorization": "Bearer \(token)", "Accept": "application/json"]
        if body != nil { fields["Content-Type"] = "application/json" }
        let request = HTTPClientRequest(
            url: url,
            method: method,
            fields: fields,
            body: ByteBuffer(bytes: body ?? Data())
        )
        let response = try await client.execute(request).get()
        let answer = Data(response.body.readableBytesView)
        guard response.status.code == 200 else {
            throw CommandError.Failure(Self.explanation(response.status, answer, base))
        }
        return answer
    }

    /// What the gateway has against it, in a line.
    private static func explanation(_ status: HTTPStatus, _ body: Data, _ base: String) -> String {
        guard let problem = try? JSONSerialization.jsonObject(with: body) as? [String: Any],
            let detail = problem["detail"] as? String
        else { return "\(base) refused: \(status.code) \(status.reason)" }
        let hint = (problem["hint"] as? String).map { "; \($0)" } ?? ""
        return "the gateway refused: \(detail)\(hint)"
    }
}
