import Engine

/// The names that completion offers, asked of the gateway when they are needed, and kept for a while.
final class CatalogNames {
    /// After this names are asked for anew: tables that were made meanwhile are found.
    private static let freshSeconds = 10.0
    /// More symbols or buckets than this are not offered: nobody looks through them.
    private static let namesMax = 20_000

    private let session: ShellSession
    private var known = CompletionCatalog()
    private var asked: ContinuousClock.Instant?

    init(session: ShellSession) { self.session = session }

    /// The names; those of before, or none, if the gateway does not answer.
    func catalog() -> CompletionCatalog {
        if let asked, ContinuousClock.now - asked < .seconds(Self.freshSeconds) { return known }
        asked = .now
        let connection = session.connection
        let listing = "SELECT \"table\", \"column\" FROM system.columns"
        guard let columns = connection.rows(of: listing) else { return known }
        var catalog = CompletionCatalog()
        for row in columns {
            guard row.count == 2, let table = row[0] as? String, let column = row[1] as? String else { continue }
            if catalog.columns[table.lowercased()] == nil { catalog.tables.append(table) }
            catalog.columns[table.lowercased(), default: []].append(column)
        }
        catalog.tables += names("SELECT name FROM system.views")
        catalog.functions = names("SELECT name FROM system.functions")
        catalog.symbols = names("SELECT DISTINCT symbol FROM system.symbols LIMIT \(Self.namesMax)")
        catalog.buckets = names(
            "SELECT bucket FROM system.marketstore_buckets WHERE \"table\" != '' LIMIT \(Self.namesMax)"
        )
        let feed = "SELECT symbol FROM system.symbols WHERE \"table\" = '\(MarketTables.bars)' LIMIT \(Self.namesMax)"
        catalog.buckets += names(feed).map { "\($0)/\(MarketTables.bars)" }
        known = catalog
        return known
    }

    private func names(_ statement: String) -> [String] {
        session.connection.rows(of: statement)?.compactMap { $0.first as? String } ?? []
    }
}
