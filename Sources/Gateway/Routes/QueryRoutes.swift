internal import Columnar
internal import Engine
internal import NIOCore
internal import QueryLang
internal import Wire

/// `/v1/query`, which runs a query, QuestDB's `/exec` and `/exp`, which do so in its dialect and forms, and `/v1/queries`, where the active ones are seen and stopped.
struct QueryRoutes: Sendable {
    static let queryPath = "/v1/query"
    static let execPath = "/exec"
    static let expPath = "/exp"
    static let listPath = "/v1/queries"
    /// What the path of one active query begins with.
    static let itemPrefix = "/v1/queries/"

    let service: QueryService
    let access: AccessPolicy
    let authorizer: any Authorizer
    let counters: GatewayCounters

    /// Answers a request to ``queryPath`` whose body has arrived. On the connection's loop.
    func run(_ request: HTTPRequest, _ writer: HTTPResponseWriter) {
        let answer = Answer(writer: writer, route: .query, counters: counters)
        var id: QueryID?
        do throws(ProblemError) {
            let name = try QueryID.asked(by: request) ?? service.makeID()
            id = name
            service.run(try QueryRequest(request), request, id: name, answer)
        } catch {
            var problem = error.problem
            problem.identify(id ?? service.makeID())
            answer.send(problem, asText: QueryRequest.prefersText(request))
        }
    }

    static let trainingSetPath = "/v1/training-set"

    /// Answers a request to ``trainingSetPath`` whose body has arrived. On the connection's loop.
    func runTrainingSet(_ request: HTTPRequest, _ writer: HTTPResponseWriter) {
        let answer = Answer(writer: writer, route: .trainingSet, counters: counters)
        var id: QueryID?
        do throws(ProblemError) {
            // The body may be long: it is parsed once, for its query's name, too.
            let query = try TrainingSetBody.query(request, &id)
            let name = id ?? service.makeID()
            id = name
            service.run(query, request, id: name, answer)
        } catch {
            var problem = error.problem
            problem.identify(id ?? service.makeID())
            answer.send(problem, asText: QueryRequest.prefersText(request))
        }
    }

    /// Answers a request to ``execPath`` or ``expPath``. On the connection's loop.
    func runQuestDB(_ request: HTTPRequest, _ writer: HTTPResponseWriter) {
        let answer = Answer(writer: writer, route: .exec, counters: counters)
        var id: QueryID?
        do throws(ProblemError) {
            let name = try QueryID.asked(by: request) ?? service.makeID()
            id = name
            // A GET may change something here, so a page of another site is looked for as with a POST.
            let kind: QuestDBForm.Kind = request.path == Self.execPath ? .json : .csv
            let query = try QueryRequest(request, kind, refusal: access.refusalOfOrigin(request))
            service.run(query, request, id: name, answer)
        } catch {
            var problem = error.problem
            problem.identify(id ?? service.makeID())
            answer.send(problem.questDBResponse(to: request.parameter("query") ?? ""))
        }
    }

    /// Answers a request to ``listPath`` or below it. On the connection's loop.
    func send(_ request: HTTPRequest, _ writer: HTTPResponseWriter) {
        let answer = Answer(writer: writer, route: .queries, counters: counters)
        let isList = request.path == Self.listPath
        if let problem = answer.refusal(of: isList ? .read : .write, request, authorizer) {
            return answer.send(problem)
        }
        if isList { answer.send(list()) } else { answer.send(cancel(request.path.dropFirst(Self.itemPrefix.count))) }
    }

    private func list() -> JSONBuffer {
        let now = MonotonicClock.now()
        var json = JSONBuffer(capacity: 4_096)
        json.beginObject()
        json.key("queries")
        json.beginArray()
        for (query, stage) in service.active {
            json.beginObject()
            json.member("id", query.id.text)
            json.member("query", query.shownText)
            json.member("state", Self.word(for: stage))
            json.member("started", CivilTime.text(query.arrival.wall))
            let elapsed = now - query.arrival.monotonic
            QuerySummary.write(query.statistics, elapsedNanoseconds: elapsed, to: &json)
            json.member("format", query.format.rawValue)
            if let client = query.client { json.member("client", client) }
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.newline()
        return json
    }

    static func word(for stage: QueryScheduler.Stage) -> String {
        switch stage {
        case .newcomer, .ready: "queued"
        case .running: "running"
        case .sending, .slow, .leaving: "sending"
        }
    }

    private func cancel(_ name: Substring) -> HTTPResponse {
        if let id = QueryID(name), service.cancel(id) {
            return HTTPResponse(status: .noContent, fields: [QueryID.field: id.text])
        }
        let detail = "no active query is called '\(name.prefix(QueryID.lengthMax))'"
        return Problem(.notFound, "unknown_query", detail, hint: "GET /v1/queries shows those that are active")
            .response()
    }
}
