internal import Documents
internal import NIOCore
internal import Wire

/// The name of a query: its client's own, or one that was made. No two active queries have the same.
struct QueryID: Sendable, Hashable, CustomStringConvertible {
    /// Of requests and of every answer about a query.
    static let field = "X-Query-Id"
    /// The member of a JSON body that is the same.
    static let member = "query_id"
    /// Enough for a UUID with a prefix.
    static let lengthMax = 64

    let text: String

    /// Takes 1 to 64 of the characters `A–Z a–z 0–9 . _ -`, which need no quotes in a path, a log or a shell.
    init?(_ text: some StringProtocol) {
        guard (1...Self.lengthMax).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.text = String(text)
    }

    /// The name that is made for the n-th query without one.
    init(number: Int) { text = "q-\(number)" }

    var description: String { text }

    /// The name that a request gives to its query; nil if it gives none.
    static func asked(by request: HTTPRequest) throws(ProblemError) -> QueryID? {
        try asked(by: request, inBody: inBody(of: request))
    }

    /// The name that a request gives to its query, whose body has been read: it gives that of ``member``, or none.
    static func asked(by request: HTTPRequest, inBody: String?) throws(ProblemError) -> QueryID? {
        let values = request.fields.values(of: field)
        guard let value = values.first ?? inBody else { return nil }
        guard values.count <= 1, inBody == nil || inBody == value, let id = QueryID(value) else {
            let name = "one name of 1 to \(lengthMax) characters of A-Z, a-z, 0-9, '.', '_' and '-'"
            let detail = "\(field), or the member \"\(member)\" of the body, must be \(name)"
            throw ProblemError(Problem(.badRequest, "bad_query_id", detail))
        }
        return id
    }

    /// The name in a JSON body; nil if there is none, or the body is none: ``QueryRequest`` says what is wrong with it.
    private static func inBody(of request: HTTPRequest) -> String? {
        let type = request.fields["Content-Type"]?.lowercased() ?? ""
        guard request.method == .post, type.hasPrefix("application/json") else { return nil }
        return (try? JSONReader.value(of: Array(request.body.readableBytesView)))?[member]?.string
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension Problem {
    /// Says which query the problem is about.
    mutating func identify(_ id: QueryID) {
        instance = id.text
        fields[QueryID.field] = id.text
    }
}
