public import Columnar
public import QueryLang

/// The feature views of a store: what those who serve them need to know.
public struct FeatureViewRegistry: Sendable {
    private let read: @Sendable () throws(TableError) -> [FeatureViewInfo]

    /// The feature views of the tables of an engine.
    public init(engine: QueryEngine) { read = { () throws(TableError) in try engine.featureViews() } }

    /// All versions of all views, those that are built in first. May read the disk.
    public func views() throws(TableError) -> [FeatureViewInfo] { try read() }
}

extension QueryEngine {
    /// All versions of all feature views, those that are built in first.
    func featureViews() throws(TableError) -> [FeatureViewInfo] { try FeatureListing.infos(catalog) }

    /// Finds the features of a training set.
    public func prepare(_ request: TrainingSetRequest) throws(QueryError) -> PreparedTrainingSet {
        try PreparedTrainingSet(request, catalog)
    }
}
