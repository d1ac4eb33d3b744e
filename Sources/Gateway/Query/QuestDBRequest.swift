internal import Engine
internal import NIOCore
internal import QueryLang
internal import Wire

/// Requests to QuestDB's `/exec` and `/exp`: the same queries by other names of parameters, in QuestDB's dialect and forms.
extension QueryRequest {
    /// Reads the parameters; those that only concern QuestDB's own console are passed over.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - kind: which of the two.
    ///   - refusal: what is against a change by this sender.
    init(_ request: HTTPRequest, _ kind: QuestDBForm.Kind, refusal: Problem?) throws(ProblemError) {
        guard let text = request.parameter("query") else {
            throw Self.bad("no_query", "the parameter query is missing", hint: "send it as ?query=…")
        }
        self.init(text: text, format: kind == .json ? .json : .csv)
        var form = QuestDBForm(kind, query: text)
        if let limit = request.parameter("limit"), !limit.isEmpty { try Self.read(limit: limit, into: &form) }
        form.countsAllRows = try Self.flag(request.parameter("count"), "count")
        form.hasMetadata = !(try Self.flag(request.parameter("nm"), "nm"))
        form.hasTimings = try Self.flag(request.parameter("timings"), "timings")
        form.hasExplanation = try Self.flag(request.parameter("explain"), "explain")
        // QuestDB's console says `con` instead of `true`.
        let quotes = request.parameter("quoteLargeNum")
        form.quotesLargeNumbers = quotes == "con" ? true : try Self.flag(quotes, "quoteLargeNum")
        questDB = form
        rowsMax = form.rowsNeeded
        dialect = .questdb
        errorForm = .questDB
        changeByGET = .allowed(unless: refusal)
        if let timeout = request.fields["Statement-Timeout"] {
            guard let milliseconds = Int64(timeout), milliseconds > 0 else {
                throw Self.bad("bad_parameter", "Statement-Timeout must be a positive number of milliseconds")
            }
            let (nanoseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
            timeoutNanoseconds = overflow ? .max : nanoseconds
        }
    }

    /// `n`, the first n rows, or `lower,upper`, both included and counted from 1.
    private static func read(limit: String, into form: inout QuestDBForm) throws(ProblemError) {
        let numbers = limit.split(separator: ",", omittingEmptySubsequences: false).compactMap { Int($0) }
        let commas = limit.utf8.count { $0 == UInt8(ascii: ",") }
        guard numbers.count == commas + 1, commas <= 1, numbers.allSatisfy({ $0 >= 0 }), let last = numbers.last else {
            throw bad("bad_parameter", "limit must be a number of rows, or the first and the last one: 10 or 11,20")
        }
        form.lastRow = last
        if commas == 1 { form.firstRow = max(1, numbers[0]) }
    }
}

extension Problem {
    /// The problem as QuestDB tells one: the position counts UTF-16 units, as Java and JavaScript do.
    func questDBResponse(to query: String) -> HTTPResponse {
        var json = JSONBuffer()
        json.beginObject()
        json.member("query", query)
        json.member("error", questDB?.message ?? [detail, hint].compactMap(\.self).joined(separator: "; "))
        let offset = questDB?.offset ?? position?.offset
        json.member("position", offset.map { Self.units(before: $0, in: query) } ?? 0)
        json.endObject()
        json.newline()
        // Whatever is wrong with a statement is a bad request there.
        let isStatement = status == .notFound || status == .unprocessableContent
        var response = HTTPResponse(status: isStatement ? .badRequest : status, fields: fields)
        response.fields["Cache-Control"] = "no-store"
        response.fields["Content-Type"] = "application/json; charset=utf-8"
        response.body = ByteBuffer(bytes: json.bytes)
        return response
    }

    private static func units(before offset: Int, in text: String) -> Int {
        String(decoding: text.utf8.prefix(offset), as: UTF8.self).utf16.count
    }
}
