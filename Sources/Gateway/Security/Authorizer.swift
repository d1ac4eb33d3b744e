public import QueryLang
public import Wire

/// Decides who may do what: the one place that sees the class of every statement.
public protocol Authorizer: Sendable {
    /// Whether the sender of a request may run a statement of a class. Called from any thread; must not block.
    func authorize(_ statementClass: StatementClass, _ request: HTTPRequest) -> Authorization
}

/// What an ``Authorizer`` decided.
public enum Authorization: Sendable, Hashable {
    /// Go on.
    case allowed
    /// Say who you are (401), with a reason.
    case unauthenticated(String)
    /// Not you (403), with a reason.
    case forbidden(String)
}

/// Everybody may read and write; administration needs the token.
public struct AdminTokenAuthorizer: Authorizer {
    private let token: String?

    /// Creates an authorizer.
    ///
    /// - Parameter token: the admin token; nil lets nobody administrate.
    public init(token: String?) { self.token = token }

    /// Lets reads and writes pass, and compares the token of anything else.
    public func authorize(_ statementClass: StatementClass, _ request: HTTPRequest) -> Authorization {
        guard statementClass == .admin else { return .allowed }
        guard let token else { return .forbidden("no admin token is configured") }
        guard let field = request.fields["Authorization"], field.lowercased().hasPrefix("bearer ") else {
            return .unauthenticated(
                "send the admin token as Authorization: Bearer TOKEN; a scratch server does without by --insecure-admin"
            )
        }
        let given = String(field.dropFirst("bearer ".count))
        return ConstantTime.areEqual(given, token) ? .allowed : .forbidden("the admin token is wrong")
    }
}

/// Everybody may do everything: for a scratch server that nobody else reaches.
public struct OpenAuthorizer: Authorizer {
    /// Creates an authorizer.
    public init() {}

    /// Lets all pass.
    public func authorize(_ statementClass: StatementClass, _ request: HTTPRequest) -> Authorization { .allowed }
}

/// Comparisons whose time does not tell how far two secrets agree.
enum ConstantTime {
    static func areEqual(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        var difference: UInt8 = left.count == right.count ? 0 : 1
        for index in right.indices { difference |= right[index] ^ (left.isEmpty ? 1 : left[index % left.count]) }
        return difference == 0
    }
}
