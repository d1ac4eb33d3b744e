import Columnar
import QueryLang

/// Rows that a plan has to hear of: of a table, all or those of some series.
struct LiveRoute {
    let table: String
    /// Nil for all series.
    let series: Set<String>?
}

/// A plan, and the groups of a batch that it may have to take.
struct LiveDelivery {
    let plan: LivePlan
    /// Places in the batch, ascending; nil for all.
    var groups: [Int]?
}

/// Which plans a committed batch concerns: by table and, where a plan names its series, by series. A plan is never called for
/// rows of series that it does not read, so that what a batch costs depends on those who asked for its rows alone.
///
/// Guarded by whoever owns it; ``deliveries(of:)`` is for the live thread.
struct LiveRoutes {
    private struct Table {
        /// Plans that hear of every row.
        var all: [LivePlan] = []
        /// Plans by the series that they named.
        var named: [String: [LivePlan]] = [:]
        /// Plans that named series, and perhaps found none.
        var namingCount = 0

        var isEmpty: Bool { all.isEmpty && namingCount == 0 }
    }

    private var tables: [String: Table] = [:]

    /// Adds a plan.
    mutating func add(_ plan: LivePlan) {
        for route in plan.routes {
            var table = tables.removeValue(forKey: route.table) ?? Table()
            if let series = route.series {
                table.namingCount += 1
                for name in series { table.named[name, default: []].append(plan) }
            } else {
                table.all.append(plan)
            }
            tables[route.table] = table
        }
    }

    /// Takes a plan away.
    mutating func remove(_ plan: LivePlan) {
        for route in plan.routes {
            guard var table = tables.removeValue(forKey: route.table) else { continue }
            if let series = route.series {
                table.namingCount -= 1
                for name in series {
                    table.named[name]?.removeAll { $0 === plan }
                    if table.named[name]?.isEmpty ?? false { table.named[name] = nil }
                }
            } else {
                table.all.removeAll { $0 === plan }
            }
            if !table.isEmpty { tables[route.table] = table }
        }
    }

    /// Whether any plan hears of a table.
    func follow(_ table: String) -> Bool { tables[table] != nil }

    /// Whether any plan hears of the rows of a group.
    func follow(_ group: AppendGroup) -> Bool {
        guard let table = tables[group.table] else { return false }
        return !table.all.isEmpty || table.named[group.series] != nil
    }

    /// The plans that a batch concerns, each once.
    func deliveries(of batch: CommittedBatch) -> [LiveDelivery] {
        var found: [LiveDelivery] = []
        var seen: [String] = []
        for group in batch.groups where !seen.contains(group.table) {
            seen.append(group.table)
            for plan in tables[group.table]?.all ?? [] where !plan.isAmong(found) {
                plan.deliveryPlace = found.count
                found.append(LiveDelivery(plan: plan, groups: nil))
            }
        }
        for (place, group) in batch.groups.enumerated() {
            for plan in tables[group.table]?.named[group.series] ?? [] {
                if plan.isAmong(found) {
                    found[plan.deliveryPlace].groups?.append(place)
                } else {
                    plan.deliveryPlace = found.count
                    found.append(LiveDelivery(plan: plan, groups: [place]))
                }
            }
        }
        return found
    }
}

extension LivePlan {
    /// What it has to hear of: the rows that it reads and, where buckets close, what else tells the time of its series.
    static func routes(_ shape: LiveShape, clockTables: Set<String>) -> [LiveRoute] {
        var series: [String: Set<String>?] = [:]
        func add(_ table: String, _ names: Set<String>?) {
            // Of a table that is read twice, all series that either wants; all if one of them wants all.
            if let known = series[table] {
                series[table] = .some(known.flatMap { known in names.map { known.union($0) } })
            } else {
                series[table] = .some(names)
            }
        }
        // Of a condition that nothing can meet no series is named.
        for scan in shape.rows.scans { add(scan.table.name, scan.times.isEmpty ? [] : scan.series.names) }
        if case .aggregate(let aggregate) = shape.sink, aggregate.sampling != nil,
            shape.rows.scans.contains(where: { clockTables.contains($0.table.name) })
        {
            for table in clockTables { add(table, shape.rows.scan.series.names) }
        }
        return series.map { LiveRoute(table: $0.key, series: $0.value) }
    }

    fileprivate func isAmong(_ found: [LiveDelivery]) -> Bool {
        deliveryPlace < found.count && found[deliveryPlace].plan === self
    }
}

extension Pushdown.ScanSeries {
    /// The series that are read; nil for all.
    var names: Set<String>? {
        switch self {
        case .all: nil
        case .named(let names): Set(names)
        }
    }
}
