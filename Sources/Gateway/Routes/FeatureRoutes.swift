internal import Columnar
internal import Engine
internal import Market
internal import NIOCore
internal import Wire

/// The latest features, from the memory of the request's own loop.
struct FeatureRoutes {
    let hub: StreamHub
    let latest: LatestValues

    /// `GET /v1/features?symbols=&features=&view=`: definitions and the latest values.
    func all(_ request: HTTPRequest) -> Result<JSONBuffer, ProblemError> {
        do throws(StreamRequest.Refusal) {
            let scope = try hub.context.scope(request.parameter("view"))
            let group = scope.group
            let features = try features(request, scope)
            let symbols = try Self.list(request, "symbols")?.map(Glob.init)
            var json = JSONBuffer(capacity: 16_384)
            json.beginObject()
            json.key("features")
            json.beginArray()
            for feature in features { Self.write(group.features[feature], to: &json) }
            json.endArray()
            json.key("instruments")
            json.beginArray()
            for state in hub.knownStates(in: group) where symbols?.contains(where: { $0.matches(state.name) }) ?? true {
                write(state, features, to: &json)
            }
            json.endArray()
            json.endObject()
            return .success(json)
        } catch {
            return .failure(ProblemError(error.problem))
        }
    }

    /// `GET /v1/features/{symbol}?features=&view=`.
    func one(_ symbol: String, _ request: HTTPRequest) -> Result<JSONBuffer, ProblemError> {
        do throws(StreamRequest.Refusal) {
            let scope = try hub.context.scope(request.parameter("view"))
            let group = scope.group
            let features = try features(request, scope)
            guard let state = hub.state(named: symbol, in: group) else {
                return .failure(
                    ProblemError(
                        Problem(
                            .notFound,
                            "unknown_symbol",
                            "there is no instrument '\(symbol)'",
                            hint: hub.hint(forSymbol: symbol, in: group)
                        )
                    )
                )
            }
            guard state.hasData else {
                let problem = Problem(.notFound, "no_data", "\(symbol) has had no event since the start")
                return .failure(ProblemError(problem))
            }
            var json = JSONBuffer(capacity: 4_096)
            write(state, features, to: &json)
            return .success(json)
        } catch {
            return .failure(ProblemError(error.problem))
        }
    }

    /// `GET /v1/symbols`.
    func symbols() -> JSONBuffer {
        var json = JSONBuffer()
        json.beginObject()
        json.key("symbols")
        json.beginArray()
        for state in hub.knownStates() { json.value(state.name) }
        json.endArray()
        json.endObject()
        return json
    }

    private func write(_ state: InstrumentFeatures, _ features: [Int], to json: inout JSONBuffer) {
        json.beginObject()
        json.member("symbol", state.name)
        json.member("epoch", state.epoch)
        json.member("seq", state.latest.seq)
        json.key("t")
        json.beginArray()
        let times = [state.latest.exchangeTime, state.latest.receiveTime, state.latest.computeTime]
        for time in times { json.value(floorDivide(time, 1_000)) }
        json.endArray()
        json.key("times")
        json.beginObject()
        json.member("exchange", CivilTime.text(times[0]))
        json.member("receive", CivilTime.text(times[1]))
        json.member("compute", CivilTime.text(times[2]))
        json.endObject()
        if state.group.view == nil { json.member("book", state.bookState.name) }
        if state.updateID != 0 { json.member("u", state.updateID) }
        json.key("features")
        json.beginObject()
        for (feature, value) in zip(features, latest.values(features, of: state)) {
            json.key(text: state.group.features[feature].name)
            json.beginObject()
            json.key("value")
            json.value(value.value)
            json.member("status", value.status.name)
            json.endObject()
        }
        json.endObject()
        json.endObject()
    }

    private static func write(_ feature: Feature, to json: inout JSONBuffer) {
        json.beginObject()
        json.member("name", feature.name)
        json.member("unit", feature.unit)
        json.member("view", feature.view)
        json.member("summary", feature.summary)
        json.endObject()
    }

    /// Names and patterns of one request: each is compared with every feature or instrument.
    private static let namesMax = 256

    private func features(_ request: HTTPRequest, _ scope: FeatureScope) throws(StreamRequest.Refusal) -> [Int] {
        try scope.features(named: Self.list(request, "features") ?? ["*"])
    }

    private static func list(_ request: HTTPRequest, _ name: String) throws(StreamRequest.Refusal) -> [String]? {
        guard let text = request.parameter(name), !text.isEmpty else { return nil }
        let names = text.split(separator: ",").map(String.init)
        guard names.count <= namesMax else {
            throw .init(code: "limit_exceeded", message: "more than \(namesMax) names in \(name)")
        }
        return names
    }
}

/// A problem that can be thrown or be a failure.
struct ProblemError: Error {
    let problem: Problem
    init(_ problem: Problem) { self.problem = problem }
}
