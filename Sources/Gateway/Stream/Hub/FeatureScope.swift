internal import Engine

/// The features that a request means by the name of a view: the fields of a feature view, or those of the built-in features
/// that belong to one of their views.
struct FeatureScope {
    let group: FeatureGroup
    /// Places of its features in the group.
    let indices: [Int]
    /// The name had no version: it means another view as soon as there is a newer one.
    var isFloating = false

    /// All features of a group.
    init(_ group: FeatureGroup) {
        self.group = group
        self.indices = Array(group.features.indices)
    }

    /// Those of one view of the built-in features; nil if there is no such view. They have one version for ever.
    init?(_ group: FeatureGroup, builtInView view: String) {
        self.group = group
        self.indices = group.features.indices.filter { index in
            let own = group.features[index].view
            return own == view || own.hasPrefix(view + "@")
        }
        if indices.isEmpty { return nil }
    }

    /// Indices of features by names and patterns, ascending.
    func features(named names: [String]) throws(StreamRequest.Refusal) -> [Int] {
        let features = group.features
        var found: Set<Int> = []
        for name in names {
            let glob = Glob(name)
            let matches = indices.filter { glob.matches(features[$0].name) }
            guard !matches.isEmpty else {
                throw .init(
                    code: "unknown_feature",
                    message: "there is no feature '\(name.prefix(64))'" + (group.view.map { " in \($0)" } ?? ""),
                    hint: NearestSymbol.hint(for: name, among: indices.lazy.map { features[$0].name })
                )
            }
            found.formUnion(matches)
        }
        return found.sorted()
    }
}

extension StreamContext {
    /// The features that a request is about: those of a view, or the built-in ones.
    func scope(_ view: String?) throws(StreamRequest.Refusal) -> FeatureScope {
        guard let view else { return FeatureScope(builtIn) }
        if let scope = scope(ofView: view) { return scope }
        throw .init(
            code: "unknown_view",
            message: "there is no feature view '\(view.prefix(64))'",
            hint: hint(forView: view)
        )
    }

    /// The features of a view by its name, `micro@v3`, or `micro` for the newest version; nil if there is none.
    func scope(ofView view: String) -> FeatureScope? {
        if let group = groups.group(ofView: view) { return FeatureScope(group) }
        if let group = groups.newest(ofView: view) {
            var scope = FeatureScope(group)
            scope.isFloating = true
            return scope
        }
        return FeatureScope(builtIn, builtInView: view)
    }

    /// `did you mean …?` for a name that is no view's, or where to look.
    func hint(forView name: String) -> String {
        let names = Set(builtIn.features.map(\.view)).union(groups.viewNames).sorted()
        return NearestSymbol.hint(for: name, among: names) ?? "SHOW FEATURES lists them"
    }
}
