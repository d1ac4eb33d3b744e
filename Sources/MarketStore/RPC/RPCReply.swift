/// What a call is answered with.
public struct RPCReply: Sendable {
    /// The `Content-Type`; nil if the body is empty.
    public var contentType: String?
    /// The body's parts, one after the other.
    public var body: [[UInt8]]
    /// The method that was called; nil if none of the service's was.
    public var method: RPCMethod?
    /// Whether the call failed, or a part of it.
    public var isFailure: Bool

    /// The number of bytes of the body.
    public var byteCount: Int { body.reduce(0) { $0 + $1.count } }
}

/// What can be called.
public enum RPCMethod: String, Sendable, Hashable, CaseIterable {
    case query = "DataService.Query"
    case write = "DataService.Write"
    case create = "DataService.Create"
    case destroy = "DataService.Destroy"
    case listSymbols = "DataService.ListSymbols"
    case getInfo = "DataService.GetInfo"

    /// The method without its service: `Query`.
    public var name: String { String(rawValue.dropFirst("DataService.".count)) }
}
