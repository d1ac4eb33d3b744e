import Columnar
import QueryLang

/// What is told of feature views: by `system.features`, and by those who serve them.
enum FeatureListing {
    /// Columns of `system.features`: a row a feature.
    static let columns = [
        Column("view", .string), Column("version", .int64), Column("feature", .string), Column("type", .string),
        Column("unit", .string), Column("tier", .string), Column("store", .string), Column("ttl_ns", .int64),
        Column("latency_ns", .int64), Column("inputs", .string), Column("owner", .string),
        Column("description", .string), Column("built_in", .boolean), Column("live", .boolean),
        Column("problem", .string), Column("hash", .string), Column("query", .string),
    ]

    static func rows(_ snapshot: any TableSnapshot) throws(TableError) -> [[Scalar]] {
        try infos(snapshot.catalog).flatMap { info in
            let fields: [FeatureViewInfo.Field?] = info.fields.isEmpty ? [nil] : info.fields.map { Optional($0) }
            return fields.map { row(info, $0) }
        }
    }

    private static func row(_ info: FeatureViewInfo, _ field: FeatureViewInfo.Field?) -> [Scalar] {
        func text(_ value: String?) -> Scalar { value.map { .text($0) } ?? .null }
        func number(_ value: Int64?) -> Scalar { value.map { .int64($0) } ?? .null }
        return [
            .text(info.name), .int64(Int64(info.version)), text(field?.name), text(field?.type.name),
            text(field?.unit), .text(info.tier), .text(info.storage), number(info.timeToLive),
            .int64(info.latency), .text(info.inputs.joined(separator: ", ")), text(info.owner), text(info.summary),
            .boolean(info.isBuiltIn), .boolean(info.isLive), text(info.problem), .text(info.hash), text(info.query),
        ]
    }

    /// What there is to know of all feature views, by name and version.
    static func infos(_ catalog: any CatalogReader) throws(TableError) -> [FeatureViewInfo] {
        try catalog.featureViews().map { FeatureInfoCache.shared.info($0, catalog) }
    }

    static func info(_ definition: FeatureViewDefinition, _ catalog: any CatalogReader) -> FeatureViewInfo {
        guard !definition.query.isEmpty else {
            let fields = definition.units.map { FeatureViewInfo.Field(name: $0.field, type: .float64, unit: $0.unit) }
            var info = FeatureViewInfo(definition, fields: fields, inputs: [MarketTables.trades])
            info.isLive = true
            return info
        }
        do throws(QueryError) {
            let bound = try BoundFeatureView.bind(definition, catalog)
            let fields = bound.fields.map { field in
                let unit = definition.units.first { $0.field.lowercased() == field.name.lowercased() }?.unit
                return FeatureViewInfo.Field(name: field.name, type: field.type, unit: unit)
            }
            var info = FeatureViewInfo(definition, fields: fields, inputs: bound.inputs.map(\.name))
            if definition.isOfRuntime {
                info.isLive = true
            } else if definition.tier == .realtime {
                do throws(QueryError) {
                    _ = try FeatureViewPlan(live: bound)
                    info.isLive = true
                } catch {
                    info.problem = error.message
                }
            }
            return info
        } catch {
            var info = FeatureViewInfo(definition, fields: [], inputs: [])
            info.problem = error.message
            return info
        }
    }
}
