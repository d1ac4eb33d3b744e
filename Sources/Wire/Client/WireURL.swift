/// The parts of an `http`, `https`, `ws` or `wss` URL that a client needs.
public struct WireURL: Sendable, Hashable, CustomStringConvertible {
    /// The scheme, lower case.
    public let scheme: String
    /// The host, without the brackets of an IPv6 address.
    public let host: String
    /// The port; the scheme's own if none was given.
    public let port: Int
    /// Path and query, at least `/`.
    public let target: String

    /// Reads a URL.
    public init(_ text: String) throws(WireError) {
        guard let separator = text.firstRange(of: "://") else {
            throw WireError(.badAddress, "'\(text)' is not a URL: it has no scheme, such as http://")
        }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard let defaultPort = ["http": 80, "ws": 80, "https": 443, "wss": 443][scheme] else {
            throw WireError(.badAddress, "'\(text)': the scheme must be http, https, ws or wss")
        }
        let rest = text[separator.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@"), let (host, port) = Self.split(authority, defaultPort: defaultPort) else {
            throw WireError(.badAddress, "'\(text)': '\(authority)' is not HOST or HOST:PORT")
        }
        let target = rest[end...].prefix { $0 != "#" }
        guard target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw WireError(.badAddress, "'\(text)': spaces and non-ASCII characters must be percent-encoded")
        }
        self.scheme = scheme
        self.host = host
        self.port = port
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// Whether the scheme asks for TLS.
    public var isTLS: Bool { scheme == "https" || scheme == "wss" }

    /// The value of the `Host` field.
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The URL's text.
    public var description: String { "\(scheme)://\(authority)\(target)" }

    /// The same server, another target.
    public func with(target: String) throws(WireError) -> WireURL {
        try WireURL("\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)\(target)")
    }

    private static func split(_ authority: Substring, defaultPort: Int) -> (host: String, port: Int)? {
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            let host = String(authority[authority.index(after: authority.startIndex)..<close])
            let rest = authority[authority.index(after: close)...]
            if rest.isEmpty { return (host, defaultPort) }
            guard rest.hasPrefix(":"), let port = validPort(rest.dropFirst()) else { return nil }
            return (host, port)
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2 else { return nil }
        if parts.count == 1 { return (String(host), defaultPort) }
        guard let port = validPort(parts[1]) else { return nil }
        return (String(host), port)
    }

    private static func validPort(_ text: Substring) -> Int? {
        guard let port = Int(text), (1...65_535).contains(port) else { return nil }
        return port
    }
}
