internal import QueryLang
internal import Wire

/// Why a query was stopped from outside.
enum StopReason: Sendable, Equatable {
    /// The connection ended.
    case readerLeft
    /// Somebody asked for it.
    case cancelled
    /// It took longer than it may.
    case timedOut(milliseconds: Int64)
    /// It was not begun in time.
    case notBegun
    /// Its reader was slow, and somebody waited for its place.
    case readerWasSlow
    /// The server ends.
    case stopping

    /// The reason as an answer of the language's forms can say it.
    var error: QueryError {
        switch self {
        case .readerLeft: QueryError(.cancelled, "the reader of the answer left")
        case .cancelled: QueryError(.cancelled, "the query was cancelled")
        case .timedOut(let milliseconds):
            QueryError(
                .timeout,
                "the query took longer than \(milliseconds) ms",
                hint: "narrow the time range or the list of symbols, or allow it more time"
            )
        case .notBegun: QueryError(.cancelled, "too many queries are active, and this one was not begun in time")
        case .readerWasSlow:
            QueryError(.cancelled, "the reader of the answer took nothing for some time, while other queries waited")
        case .stopping: QueryError(.cancelled, "the server is shutting down")
        }
    }

    /// The reason as a whole response.
    func problem(in text: String, _ id: QueryID) -> Problem {
        var problem: Problem
        switch self {
        case .notBegun: problem = .busy(error.message)
        case .stopping: problem = Problem(.serviceUnavailable, "stopping", error.message)
        case .readerLeft, .cancelled, .timedOut, .readerWasSlow: problem = Problem(error, in: text)
        }
        problem.identify(id)
        return problem
    }
}

extension Problem {
    /// There is too much to do; it is worth trying again.
    static func busy(_ detail: String) -> Problem {
        var problem = Problem(
            .serviceUnavailable,
            "busy",
            detail,
            hint: "try again shortly; GET /v1/queries shows those that are active"
        )
        problem.fields["Retry-After"] = "1"
        return problem
    }
}
