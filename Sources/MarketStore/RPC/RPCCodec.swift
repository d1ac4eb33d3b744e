internal import Documents

/// How a call and its answer are written.
public enum RPCCodec: Sendable, Hashable {
    /// `application/x-msgpack`
    case messagePack
    /// `application/json`
    case json

    /// The codec that a `Content-Type` names, whatever comes after a `;`; nil for another.
    public init?(contentType: String) {
        let name = contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        switch name {
        case "application/x-msgpack": self = .messagePack
        case "application/json": self = .json
        default: return nil
        }
    }

    /// The `Content-Type` of answers.
    public var contentType: String {
        switch self {
        case .messagePack: "application/x-msgpack"
        case .json: "application/json; charset=utf-8"
        }
    }

    /// The document that bytes are.
    func value(of bytes: [UInt8]) throws(DocumentError) -> DocumentValue {
        switch self {
        case .messagePack: try MessagePackReader.value(of: bytes, limits: .call)
        case .json: try JSONReader.value(of: bytes, limits: .call)
        }
    }
}
