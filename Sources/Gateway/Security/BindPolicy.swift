internal import NIOCore

/// Which addresses may be listened on.
public enum BindPolicy {
    /// Refuses an address that others can reach unless they have to prove who they are, or somebody said that it is meant.
    ///
    /// - Parameters:
    ///   - host: the address or name to listen on.
    ///   - hasAuthentication: whether every request is authenticated.
    ///   - isInsecureAnonymousAllowed: the flag `--insecure-anonymous`.
    public static func check(
        host: String,
        hasAuthentication: Bool = false,
        isInsecureAnonymousAllowed: Bool
    ) throws(GatewayError) {
        guard !isLoopback(host), !hasAuthentication, !isInsecureAnonymousAllowed else { return }
        throw GatewayError(
            .unsafeAddress,
            "\(host) is not a loopback address, and anybody who reaches it could read and write; listen on 127.0.0.1, "
                + "or pass --insecure-anonymous if that is meant"
        )
    }

    /// Whether only this machine reaches an address. A name other than `localhost` may resolve to anything.
    public static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        guard let address = try? SocketAddress(ipAddress: host, port: 0) else { return false }
        return switch address {
        case .v4: host.hasPrefix("127.")
        case .v6: address.ipAddress == "::1"
        default: false
        }
    }
}
