internal import Columnar
internal import Documents
internal import Engine
internal import NIOCore
internal import Wire

/// `POST /get-online-features`, as Feast's feature server answers it, so that its SDKs can be pointed here.
///
/// The answer is column-wise: an object for each name in `metadata.feature_names`, with one value for each entity. The
/// only join key is `symbol`; a feature service is the name of a view and stands for all its features.
struct FeastRoutes {
    static let path = "/get-online-features"
    static let bodyBytesMax = 1 << 20
    /// Entities of one request: each costs a value of every feature.
    static let entitiesMax = 4_096
    /// Features of one request.
    static let featuresMax = 1_024
    private static let joinKey = "symbol"

    let hub: StreamHub
    let latest: LatestValues

    /// A feature that is asked for.
    private struct Column {
        var group: FeatureGroup
        var feature: Int
        var name: String
    }

    func onlineFeatures(_ request: HTTPRequest) -> Result<JSONBuffer, ProblemError> {
        do throws(ProblemError) {
            let body: DocumentValue
            do throws(DocumentError) {
                body = try JSONReader.value(of: Array(request.body.readableBytesView))
            } catch {
                throw ProblemError(Problem(.badRequest, "bad_json", "byte \(error.offset): \(error.message)"))
            }
            let symbols = try Self.symbols(body)
            return .success(write(try columns(body), symbols))
        } catch {
            return .failure(error)
        }
    }

    // MARK: - Request

    private static func malformed(_ message: String, hint: String? = nil) -> ProblemError {
        ProblemError(Problem(.badRequest, "bad_request", message, hint: hint))
    }

    private static func symbols(_ body: DocumentValue) throws(ProblemError) -> [String] {
        guard let entities = body["entities"], let members = entities.members else {
            throw malformed("\"entities\" must be an object of join keys", hint: #"{"symbol":["BTC-USDT.BINANCE"]}"#)
        }
        if let other = members.map(\.key).sorted().first(where: { $0 != joinKey }) {
            throw malformed("there is no join key '\(other.prefix(40))'", hint: "the join key is \"symbol\"")
        }
        guard let symbols = entities[joinKey]?.strings, !symbols.isEmpty else {
            throw malformed("\"entities\".\"symbol\" must be an array of instruments")
        }
        guard symbols.count <= entitiesMax else {
            throw ProblemError(Problem(.badRequest, "limit_exceeded", "more than \(entitiesMax) entities"))
        }
        return symbols
    }

    private func columns(_ body: DocumentValue) throws(ProblemError) -> [Column] {
        let isFull = body["full_feature_names"]?.boolean ?? false
        var references: [String] = []
        if let service = body["feature_service"]?.string {
            references = [service + ":*"]
        } else if let names = body["features"]?.strings, !names.isEmpty {
            references = names
        } else {
            throw Self.malformed(
                "\"features\" must be an array of references, or \"feature_service\" the name of a view",
                hint: #"for example ["book_features:mid"]"#
            )
        }
        guard references.count <= Self.featuresMax else {
            throw ProblemError(Problem(.badRequest, "limit_exceeded", "more than \(Self.featuresMax) features"))
        }
        var columns: [Column] = []
        for reference in references { columns += try self.columns(reference, isFull: isFull) }
        return columns
    }

    /// The features of a reference `view:feature`, with or without the view's version.
    private func columns(_ reference: String, isFull: Bool) throws(ProblemError) -> [Column] {
        let colon = reference.lastIndex(of: ":")
        let view = colon.map { String(reference[..<$0]) }
        let name = colon.map { String(reference[reference.index(after: $0)...]) } ?? reference
        let scope: FeatureScope
        if let view {
            guard let named = hub.context.scope(ofView: view) else {
                throw ProblemError(
                    Problem(
                        .notFound,
                        "unknown_view",
                        "there is no feature view '\(view.prefix(64))'",
                        hint: hub.context.hint(forView: view)
                    )
                )
            }
            scope = named
        } else {
            scope = FeatureScope(hub.context.builtIn)
        }
        let group = scope.group
        let features = group.features
        let found = scope.indices.filter { name == "*" || features[$0].name == name }
        guard !found.isEmpty else {
            throw ProblemError(
                Problem(
                    .notFound,
                    "unknown_feature",
                    "there is no feature '\(reference.prefix(64))'",
                    hint: NearestSymbol.hint(for: name, among: scope.indices.map { features[$0].name })
                )
            )
        }
        return found.map { feature in
            let prefix = view ?? features[feature].view
            return Column(
                group: group,
                feature: feature,
                name: isFull ? "\(prefix)__\(features[feature].name)" : features[feature].name
            )
        }
    }

    // MARK: - Answer

    private func write(_ columns: [Column], _ symbols: [String]) -> JSONBuffer {
        var json = JSONBuffer(capacity: 4_096)
        json.beginObject()
        json.key("metadata")
        json.beginObject()
        json.member("feature_names", [Self.joinKey] + columns.map(\.name))
        json.endObject()
        json.key("results")
        json.beginArray()
        json.beginObject()
        json.member("values", symbols)
        json.member("statuses", symbols.map { _ in "PRESENT" })
        json.member("event_timestamps", symbols.map { _ in Self.noTime })
        json.endObject()
        for column in columns {
            let values = symbols.map { symbol in
                hub.state(named: symbol, in: column.group).flatMap { state in
                    state.hasData ? latest.values([column.feature], of: state).first : nil
                }
            }
            write(values, to: &json)
        }
        json.endArray()
        json.endObject()
        return json
    }

    private func write(_ values: [LatestValues.Value?], to json: inout JSONBuffer) {
        json.beginObject()
        json.key("values")
        json.beginArray()
        // A value that is past its time is no value for somebody who does not look at statuses.
        for value in values { json.value(value?.status == .present ? value?.value : nil) }
        json.endArray()
        json.member("statuses", values.map { Self.word($0?.status) })
        json.member("event_timestamps", values.map { $0.map { CivilTime.text($0.exchangeTime) } ?? Self.noTime })
        json.endObject()
    }

    private static let noTime = "1970-01-01T00:00:00Z"

    private static func word(_ status: ValueStatus?) -> String {
        switch status {
        case .present: "PRESENT"
        case .stale: "OUTSIDE_MAX_AGE"
        case .null, .warming, .resync: "NULL_VALUE"
        case .notFound, .notAvailable, nil: "NOT_FOUND"
        }
    }
}
