import Columnar
import TestSupport

/// Makes a case that fails smaller: parts of its query go, then rows of its tables, as long as it still fails.
struct Shrinker {
    /// Whether a case still fails.
    private let fails: (SelectText, [MemoryTable]) -> Bool
    /// Attempts that are left.
    private var patience: Int

    /// A shrinker that tries so often at most.
    init(patience: Int = 2000, fails: @escaping (SelectText, [MemoryTable]) -> Bool) {
        self.patience = patience
        self.fails = fails
    }

    /// The smallest case that was found.
    mutating func shrink(_ query: SelectText, _ tables: [MemoryTable]) -> (SelectText, [MemoryTable]) {
        var (query, tables) = (query, tables)
        while true {
            let before = (query.description, tables.map(\.rows.count))
            query = simplest(query, tables)
            tables = smallest(query, tables)
            if (query.description, tables.map(\.rows.count)) == before || patience <= 0 { return (query, tables) }
        }
    }

    private mutating func stillFails(_ query: SelectText, _ tables: [MemoryTable]) -> Bool {
        patience -= 1
        return patience > 0 && fails(query, tables)
    }

    private mutating func simplest(_ query: SelectText, _ tables: [MemoryTable]) -> SelectText {
        var query = query
        var isChanged = true
        while isChanged {
            isChanged = false
            for simpler in query.simpler where stillFails(simpler, tables) {
                query = simpler
                isChanged = true
                break
            }
        }
        return query
    }

    /// Drops halves, then quarters, … then single rows.
    private mutating func smallest(_ query: SelectText, _ tables: [MemoryTable]) -> [MemoryTable] {
        var tables = tables
        for index in tables.indices {
            var size = tables[index].rows.count
            while size > 0 {
                var start = 0
                while start < tables[index].rows.count {
                    var rows = tables[index].rows
                    rows.removeSubrange(start..<min(start + size, rows.count))
                    var candidate = tables
                    candidate[index] = MemoryTable(tables[index].schema, rows: rows)
                    if stillFails(query, candidate) { tables = candidate } else { start += size }
                }
                size /= 2
            }
        }
        return tables
    }
}
