internal import Documents
internal import Engine
internal import NIOCore
internal import QueryLang
internal import Wire

/// What a request to `/v1/query` asks for.
struct QueryRequest: Sendable {
    var text: String
    var format: ResultFormat
    var rowsMax: Int?
    var timeoutNanoseconds: Int64?
    var errorForm = ErrorForm.problem
    var dialect = QueryDialect.tickgate
    /// The form of the answer if it is one of QuestDB's.
    var questDB: QuestDBForm?
    var explains = false
    /// Values of the `$1` and `:name` in the text.
    var parameters = QueryParameters()
    /// What is asked for in place of ``text``, which then only describes it.
    var trainingSet: TrainingSetRequest?
    /// Whether a GET may change something, and why this one may not.
    var changeByGET = ChangeByGET.refused

    /// How an error is told.
    enum ErrorForm: Sendable {
        /// A problem document.
        case problem
        /// Text with carets.
        case text
        /// `{"query":…,"error":…,"position":…}`.
        case questDB
    }

    /// What becomes of a GET whose statement changes something.
    enum ChangeByGET: Sendable {
        /// It has to be sent by POST.
        case refused
        /// It runs, unless there is something against its sender.
        case allowed(unless: Problem?)
    }

    init(text: String, format: ResultFormat) {
        self.text = text
        self.format = format
    }
}

extension QueryRequest {
    /// Whether an error should be text with a caret: only if somebody asks for plain text and for no form of an answer.
    static func prefersText(_ request: HTTPRequest) -> Bool {
        let accept = request.fields["Accept"]?.lowercased() ?? ""
        return accept.contains("text/plain") && !accept.contains("json")
    }

    init(_ request: HTTPRequest) throws(ProblemError) {
        var members: [String: String] = [:]
        for parameter in request.query where members[parameter.name] == nil {
            members[parameter.name] = parameter.value
        }
        var text = members["q"] ?? members["query"]
        var parameters = QueryParameters()
        if request.method == .post { text = try Self.body(request, into: &members, &parameters) ?? text }
        guard let text else {
            throw Self.bad("no_query", "the query is missing", hint: "send it as ?q=… or as the body of a POST")
        }
        self.init(text: text, format: try Self.format(request, asked: members["format"]))
        errorForm = Self.prefersText(request) ? .text : .problem
        self.parameters = parameters
        explains = try Self.flag(members["explain"], "explain")
        rowsMax = try Self.number(members["limit"], "limit").map { Int(clamping: $0) }
        timeoutNanoseconds = try Self.number(members["timeout_ms"], "timeout_ms").map {
            $0.multipliedReportingOverflow(by: 1_000_000).overflow ? .max : $0 * 1_000_000
        }
    }

    static func bad(_ code: String, _ detail: String, hint: String? = nil) -> ProblemError {
        ProblemError(Problem(.badRequest, code, detail, hint: hint))
    }

    /// The query in a body; members of a JSON body go beside those of the URL, and win.
    private static func body(
        _ request: HTTPRequest,
        into members: inout [String: String],
        _ parameters: inout QueryParameters
    ) throws(ProblemError) -> String? {
        guard let text = request.body.getString(at: request.body.readerIndex, length: request.body.readableBytes),
            Array(text.utf8).count == request.body.readableBytes
        else { throw bad("bad_encoding", "the body must be UTF-8") }
        let type =
            (request.fields["Content-Type"] ?? "text/plain").split(separator: ";").first.map { $0.lowercased() } ?? ""
        switch type {
        case "application/json": return try json(Array(text.utf8), into: &members, &parameters)
        case "text/plain", "application/sql": return text
        case "application/x-www-form-urlencoded":
            // What `curl -d` says of any body.
            guard text.hasPrefix("q=") || text.hasPrefix("query=") else { return text }
            guard let parameters = PercentCoding.parameters(text) else {
                throw bad("bad_encoding", "the form is malformed")
            }
            for parameter in parameters { members[parameter.name] = parameter.value }
            return members["q"] ?? members["query"]
        default:
            throw ProblemError(
                Problem(
                    .unsupportedMediaType,
                    "unsupported_media_type",
                    "a body of type \(type) is not understood",
                    hint: "send the query as text/plain or application/sql, or as JSON {\"query\": …}"
                )
            )
        }
    }

    private static func json(
        _ bytes: [UInt8],
        into members: inout [String: String],
        _ parameters: inout QueryParameters
    ) throws(ProblemError) -> String {
        let value: DocumentValue
        do {
            value = try JSONReader.value(of: bytes)
        } catch {
            throw bad("bad_json", "\(error.message), at byte \(error.offset) of the body")
        }
        guard case .object(let object) = value else { throw bad("bad_json", "the body must be an object") }
        for member in object {
            let name = member.key
            switch (name, member.value) {
            case (_, .null): break
            case ("query", .string), ("q", .string): break
            case ("format", .string(let text)): members[name] = text
            case ("limit", .integer(let number)), ("timeout_ms", .integer(let number)): members[name] = String(number)
            case ("explain", .boolean(let flag)): members[name] = String(flag)
            case ("params", let value): parameters = try QueryParameters(value)
            // Its name was taken from the body before.
            case (QueryID.member, .string): break
            default:
                let known = ["query", "format", "limit", "timeout_ms", "explain", "params", QueryID.member]
                throw bad(
                    "bad_json",
                    "the member \"\(name.prefix(40))\" is unknown, or of another type",
                    hint: NearestSymbol.hint(for: name, among: known) ?? "known are \(known.joined(separator: ", "))"
                )
            }
        }
        guard let query = value["query"]?.string ?? value["q"]?.string else {
            throw bad("no_query", "the body has no member \"query\"")
        }
        return query
    }

    static func format(_ request: HTTPRequest, asked: String?) throws(ProblemError) -> ResultFormat {
        if let asked {
            guard let format = ResultFormat(name: asked.lowercased()) else {
                let names = ResultFormat.allCases.map(\.rawValue).joined(separator: ", ")
                throw bad("unknown_format", "'\(asked.prefix(40))' is none of \(names)")
            }
            return format
        }
        return negotiate(request.fields.values(of: "Accept").joined(separator: ","))
    }

    /// The form that the other side likes best. What nobody can give is answered by JSON: the content type says so.
    private static func negotiate(_ accept: String) -> ResultFormat {
        var best: (format: ResultFormat, quality: Double)?
        for range in accept.lowercased().split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " } }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            let format: ResultFormat? =
                switch parts.first ?? "" {
                case "application/json", "*/*", "application/*": .json
                case "text/csv": .csv
                case "application/x-ndjson", "application/ndjson", "application/jsonl": .ndjson
                case "application/vnd.apache.arrow.stream": .arrow
                case "application/msgpack", "application/x-msgpack", "application/vnd.msgpack": .msgpack
                default: nil
                }
            if let format, quality > best?.quality ?? 0 { best = (format, quality) }
        }
        return best?.format ?? .json
    }

    static func flag(_ text: String?, _ name: String) throws(ProblemError) -> Bool {
        switch text?.lowercased() {
        case nil, "false", "0": return false
        case "true", "1", "": return true
        default: throw bad("bad_parameter", "\(name) must be true or false")
        }
    }

    static func number(_ text: String?, _ name: String) throws(ProblemError) -> Int64? {
        guard let text else { return nil }
        guard let number = Int64(text), number > 0 else {
            throw bad("bad_parameter", "\(name) must be a positive integer")
        }
        return number
    }
}
