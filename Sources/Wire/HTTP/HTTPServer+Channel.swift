public import NIOCore

extension HTTPServer {
    /// Serves a connection that somebody else has accepted, such as one in memory, with no server behind it.
    ///
    /// - Parameters:
    ///   - channel: the connection; called on its loop, before bytes are read.
    ///   - limits: what is taken from the peer.
    ///   - handler: what to do with requests.
    public static func serve(
        on channel: any Channel,
        limits: HTTPLimits = HTTPLimits(),
        handler: any HTTPHandler
    ) throws {
        let registry = HTTPConnectionRegistry()
        try install(on: channel, limits: limits, handler: handler, counters: HTTPServerCounters(), registry: registry)
    }
}
