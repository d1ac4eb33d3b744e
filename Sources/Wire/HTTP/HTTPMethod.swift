/// A request method.
public struct HTTPMethod: RawRepresentable, Sendable, Hashable {
    /// The method as it stands in the request line.
    public let rawValue: String

    /// Creates a method from its text.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// GET.
    public static let get = HTTPMethod(rawValue: "GET")
    /// HEAD.
    public static let head = HTTPMethod(rawValue: "HEAD")
    /// POST.
    public static let post = HTTPMethod(rawValue: "POST")
    /// PUT.
    public static let put = HTTPMethod(rawValue: "PUT")
    /// DELETE.
    public static let delete = HTTPMethod(rawValue: "DELETE")
    /// OPTIONS.
    public static let options = HTTPMethod(rawValue: "OPTIONS")

    /// Whether the method changes nothing by itself (RFC 9110 §9.2.1).
    public var isSafe: Bool { self == .get || self == .head || self == .options }
}
