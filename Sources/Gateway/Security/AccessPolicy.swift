internal import Wire

/// Protects a gateway that trusts its network from pages in the browsers of that network.
///
/// 1. Every request must name a host of ours: a name that somebody re-pointed at this address (DNS rebinding) is not.
/// 2. A WebSocket, and every request that may change something, must not come from a page of another origin.
/// 3. No CORS field is ever sent, so such a page cannot read an answer either.
struct AccessPolicy: Sendable {
    private let hosts: Set<String>
    private let origins: Set<String>

    /// - Parameters:
    ///   - listening: the host that the gateway listens on.
    ///   - allowedHosts: further names; `*` allows all.
    ///   - allowedOrigins: further origins of pages, `https://console.example`.
    init(listening: String, allowedHosts: [String], allowedOrigins: [String]) {
        var hosts: Set<String> = ["localhost", "127.0.0.1", "::1"]
        hosts.insert(listening.lowercased())
        for host in allowedHosts { hosts.insert(host.lowercased()) }
        self.hosts = hosts
        self.origins = Set(allowedOrigins.map { $0.lowercased() })
    }

    /// Why a request of this `Host` is refused; nil if it is not.
    func refusalOfHost(_ request: HTTPRequest) -> Problem? {
        let values = request.fields.values(of: "Host")
        guard values.count == 1, let host = values.first else {
            return Problem(.badRequest, "bad_host", "the request must have one Host field")
        }
        guard let name = Self.hostName(host), hosts.contains("*") || hosts.contains(name) else {
            return Problem(
                .misdirectedRequest,
                "unknown_host",
                "this gateway does not answer for the host '\(host)'",
                hint: "add it to allowed_hosts if it should"
            )
        }
        return nil
    }

    /// Why a request comes from another site's page; nil if it does not.
    func refusalOfOrigin(_ request: HTTPRequest) -> Problem? {
        let refusal = Problem(
            .forbidden,
            "cross_site",
            "a page of another site may not do this",
            hint: "add its origin to allowed_origins if it may"
        )
        let origins = request.fields.values(of: "Origin").map { $0.lowercased() }
        guard origins.count <= 1 else { return refusal }
        if let origin = origins.first {
            if self.origins.contains(origin) { return nil }
            let own = (request.fields["Host"] ?? "").lowercased()
            guard origin == "http://\(own)" || origin == "https://\(own)" else { return refusal }
        }
        if let site = request.fields["Sec-Fetch-Site"]?.lowercased(), site != "same-origin", site != "none" {
            return refusal
        }
        return nil
    }

    /// The name in a `Host` field, without port and brackets.
    private static func hostName(_ field: String) -> String? {
        let field = field.lowercased()
        if field.hasPrefix("[") {
            guard let close = field.firstIndex(of: "]") else { return nil }
            let rest = field[field.index(after: close)...]
            guard rest.isEmpty || isPort(rest) else { return nil }
            return String(field[field.index(after: field.startIndex)..<close])
        }
        guard let colon = field.firstIndex(of: ":") else { return field.isEmpty ? nil : field }
        return isPort(field[colon...]) ? String(field[..<colon]) : nil
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && text.count > 1 && text.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
    }
}
