import Columnar
import QueryLang
import Synchronization

/// What was found out about feature views: to tell of one, its query is bound and planned, which takes longer than anything else
/// about a list of them. A definition never changes, so that it holds as long as the tables that it reads are the same.
final class FeatureInfoCache: Sendable {
    static let shared = FeatureInfoCache()

    private struct Entry {
        let definition: FeatureViewDefinition
        /// The tables that it reads, as the catalog had them.
        let tables: [TableSchema]
        let info: FeatureViewInfo
    }

    /// By ``FeatureViewDefinition/id``: several stores of one process take turns.
    private let entries = Mutex<[String: Entry]>([:])

    /// What there is to know of a view.
    func info(_ definition: FeatureViewDefinition, _ catalog: any CatalogReader) -> FeatureViewInfo {
        let known = entries.withLock { $0[definition.id] }
        if let known, known.definition == definition,
            known.tables.allSatisfy({ catalog.schema(named: $0.name) == $0 })
        {
            return known.info
        }
        let info = FeatureListing.info(definition, catalog)
        let tables = info.inputs.compactMap { catalog.schema(named: $0) }
        // What cannot be read tells of no tables: it is looked at each time.
        guard !tables.isEmpty, tables.count == info.inputs.count else { return info }
        entries.withLock { entries in
            if entries.count >= FeatureViewCommands.definitionsMax { entries = [:] }
            entries[definition.id] = Entry(definition: definition, tables: tables, info: info)
        }
        return info
    }
}
