public import Columnar
public import QueryLang

/// A training set whose features were found: the columns of its answer.
public struct PreparedTrainingSet: Sendable {
    /// The features of one view.
    struct View: Sendable {
        /// The view as it was asked for: `micro` or `micro@v2`.
        let name: String
        let plan: FeatureViewPlan
        /// Places among the view's features, and the names that were asked for.
        var fields: [(index: Int, name: String)]
    }

    let request: TrainingSetRequest
    let views: [View]
    /// The answer's columns: `symbol`, `time`, the labels, then for each view its features (value and status) and when they
    /// became known.
    public let columns: [ResultColumn]

    init(_ request: TrainingSetRequest, _ catalog: any CatalogReader) throws(QueryError) {
        try Self.check(request)
        self.request = request
        var views: [View] = []
        for name in request.features { try Self.add(name, to: &views, catalog) }
        self.views = views
        var columns = [ResultColumn(name: "symbol", type: .string), ResultColumn(name: "time", type: .timestamp)]
        columns += request.labels.map { ResultColumn(name: $0.name, type: $0.type) }
        for view in views {
            let fields = view.plan.view.fields
            for field in view.fields {
                columns.append(ResultColumn(name: field.name, type: fields[field.index].type))
                if request.hasStatuses { columns.append(ResultColumn(name: "\(field.name):status", type: .string)) }
            }
            columns.append(ResultColumn(name: "\(view.name):available_time", type: .timestamp))
        }
        var seen: Set<String> = []
        for column in columns where !seen.insert(column.name).inserted {
            throw QueryError(.semantic, "the column '\(column.name.prefix(100))' would stand twice in the answer")
        }
        self.columns = columns
    }

    private static func check(_ request: TrainingSetRequest) throws(QueryError) {
        guard !request.features.isEmpty else {
            throw QueryError(.semantic, "no features are asked for", hint: "name some, as micro:spread_bps or micro")
        }
        let count = request.symbols.count
        guard request.times.count == count, request.labels.allSatisfy({ $0.values.count == count }) else {
            throw QueryError(.semantic, "the columns of the entities are of different lengths")
        }
        guard count <= TrainingSetRequest.entitiesMax else {
            throw QueryError(.limit, "more than \(TrainingSetRequest.entitiesMax) entities", hint: "ask in parts")
        }
        let columnsMax = TrainingSetRequest.columnsMax
        guard request.features.count <= columnsMax, request.labels.count <= columnsMax else {
            throw QueryError(.limit, "more than \(columnsMax) features or labels")
        }
    }

    /// Adds a feature, or all of a view, with the view if it is new.
    private static func add(
        _ name: String,
        to views: inout [View],
        _ catalog: any CatalogReader
    ) throws(QueryError) {
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let viewName = parts[0]
        var place = views.firstIndex { $0.name == viewName } ?? views.count
        if place == views.count {
            views.append(View(name: viewName, plan: try plan(of: viewName, catalog), fields: []))
            place = views.count - 1
        }
        let fields = views[place].plan.view.fields
        guard parts.count == 2 else {
            views[place].fields += fields.enumerated().map { ($0.offset, "\(viewName):\($0.element.name)") }
            return
        }
        guard let index = fields.firstIndex(where: { $0.name.lowercased() == parts[1].lowercased() }) else {
            throw QueryError(
                .unknownColumn,
                "'\(viewName)' has no feature '\(parts[1].prefix(100))'",
                expected: fields.map(\.name),
                hint: "it has \(fields.map(\.name).joined(separator: ", "))"
            )
        }
        views[place].fields.append((index, name))
    }

    private static func plan(of name: String, _ catalog: any CatalogReader) throws(QueryError) -> FeatureViewPlan {
        let all: [FeatureViewDefinition]
        do throws(TableError) { all = try catalog.featureViews() } catch { throw QueryError(error) }
        guard let definition = all.named(name) else {
            let names = all.map(\.id)
            throw QueryError(
                .unknownTable,
                "there is no feature view '\(name.prefix(100))'",
                expected: names,
                hint: "there are \(names.joined(separator: ", "))"
            )
        }
        guard !definition.query.isEmpty else {
            throw QueryError(
                .semantic,
                "'\(definition.id)' counts from the start of the process, so what was known at a time cannot be computed",
                hint: "SELECT … FROM \"\(definition.id)\" reads what was stored of it"
            )
        }
        return try FeatureViewPlan(try BoundFeatureView.bind(definition, catalog))
    }
}
