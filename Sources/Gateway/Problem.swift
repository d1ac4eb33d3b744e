internal import NIOCore
internal import QueryLang
internal import Wire

/// An error for the other side: a problem document (RFC 9457), or the same as text.
struct Problem: Sendable {
    var status: HTTPStatus
    /// A word for programs, for example `unknown_table`.
    var code: String
    /// A sentence for people.
    var detail: String
    var position: QueryDiagnostic.Position?
    var expected: [String] = []
    var hint: String?
    var snippet: String?
    /// The id of the query.
    var instance: String?
    var fields: HTTPFields = [:]
    /// All that is wrong with a text, this first, if it is more than one thing.
    var errors: [Problem] = []
    /// The whole for people, if it is more than detail and hint.
    var text: String?
    /// The words of QuestDB for it, and the UTF-8 offset that they are about.
    var questDB: (message: String, offset: Int?)?

    init(_ status: HTTPStatus, _ code: String, _ detail: String, hint: String? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.hint = hint
    }

    /// The response; as text with a caret if the other side prefers text.
    func response(asText: Bool = false) -> HTTPResponse {
        var response = HTTPResponse(status: status, fields: fields)
        response.fields["Cache-Control"] = "no-store"
        if asText {
            response.fields["Content-Type"] = "text/plain; charset=utf-8"
            response.body = ByteBuffer(
                string: (text ?? [detail, hint].compactMap(\.self).joined(separator: "; ")) + "\n"
            )
        } else {
            response.fields["Content-Type"] = "application/problem+json"
            response.body = ByteBuffer(bytes: json.bytes)
        }
        return response
    }

    private var json: JSONBuffer {
        var json = JSONBuffer()
        json.beginObject()
        json.member("type", "about:blank")
        json.member("title", status.reason)
        json.member("status", status.code)
        json.member("code", code)
        if let instance { json.member("instance", instance) }
        writeDetails(to: &json)
        if !errors.isEmpty {
            json.key("errors")
            json.beginArray()
            for error in errors { error.writeAsPart(to: &json) }
            json.endArray()
        }
        json.endObject()
        json.newline()
        return json
    }

    /// One of several errors.
    private func writeAsPart(to json: inout JSONBuffer) {
        json.beginObject()
        json.member("code", code)
        writeDetails(to: &json)
        json.endObject()
    }

    /// What is wrong, and where.
    private func writeDetails(to json: inout JSONBuffer) {
        json.member("detail", detail)
        if let position {
            json.key("position")
            json.beginObject()
            json.member("offset", position.offset)
            json.member("line", position.line)
            json.member("column", position.column)
            json.member("length", position.length)
            json.endObject()
        }
        if !expected.isEmpty {
            json.key("expected")
            json.beginArray()
            for word in expected { json.value(word) }
            json.endArray()
        }
        if let hint { json.member("hint", hint) }
        if let snippet { json.member("snippet", snippet) }
    }
}

extension Problem {
    /// The problem behind a query's error.
    init(_ error: QueryError, in text: String) {
        self.init(Self.status(of: error), error.code.rawValue, error.message, hint: error.hint)
        self.expected = error.expected
        self.position = error.span.map { QueryDiagnostic.position(of: $0, in: text) }
        self.snippet = QueryDiagnostic.snippet(error, in: text)
        self.questDB = error.questDB.map { ($0.message, $0.offset(in: text)) }
        self.text = QueryDiagnostic.render(error, in: text)
        if error.code == .unavailable { fields["Retry-After"] = "1" }
        if !error.further.isEmpty { self.errors = error.all.map { Problem($0, in: text) } }
    }

    /// Whose fault it is: the text's 400 or 404, of what it asks for 409 or 422, the time's 504, ours 500.
    private static func status(of error: QueryError) -> HTTPStatus {
        switch error.code {
        case .syntax, .unknownColumn, .unknownFunction, .type, .semantic: .badRequest
        case .unknownTable: .notFound
        case .tableExists: .conflict
        case .unavailable: .serviceUnavailable
        // With a place in the text, it is the text that passed a bound; else the answer would.
        case .limit: error.span == nil ? .unprocessableContent : .badRequest
        // Not 503: clients repeat those by themselves, and somebody wanted this one to end.
        case .cancelled: .conflict
        case .timeout: .gatewayTimeout
        // Not 503 either: what is damaged is so the next time.
        case .storage, .bug: .internalServerError
        }
    }
}
