import Columnar
public import Store
import StoreSupport
public import TestSupport

/// A store that holds the rows of tables in every way in which a store can hold rows: in segments and in memory, in order
/// and late, beside rows that were removed.
public final class StoreFixture {
    /// The store, on a disk in memory.
    public let store: Store
    private var generator: SeededGenerator

    /// Writes the tables; the seed decides the way.
    public init(_ tables: [MemoryTable], seed: UInt64) throws {
        generator = SeededGenerator(seed: seed)
        var options = StoreOptions()
        options.compacts = false
        store = try Store.open(
            directory: "/data",
            options: options,
            fileSystem: SimulatedDisk(seed: seed),
            stepper: StoreStepper { 0 }
        )
        for table in tables { try write(table) }
        if generator.oneIn(3) { try store.compact() }
    }

    deinit { store.close(flush: false) }

    private func write(_ table: MemoryTable) throws {
        try store.createTable(table.schema)
        let hole = hole(table)
        // Rows that are removed before the ones that stand come to the same place.
        if let hole { try append(decoys(table, hole), table.schema) }
        try append(table.rows.filter { !isInside($0, hole, table.schema) }, table.schema)
        guard let hole else { return }
        try store.dropRows(of: table.schema.name, series: .all, time: hole)
        try append(table.rows.filter { isInside($0, hole, table.schema) }, table.schema)
    }

    /// A range of time between two of the rows.
    private func hole(_ table: MemoryTable) -> TimeRange? {
        guard !table.rows.isEmpty, generator.oneIn(2) else { return nil }
        let ends = (0..<2).map { _ in time(generator.pick(table.rows), table.schema) }
        return TimeRange(start: min(ends[0], ends[1]), end: max(ends[0], ends[1]))
    }

    private func time(_ row: [Scalar], _ schema: TableSchema) -> Int64 {
        if case .timestamp(let time) = row[schema.timeColumn] { time } else { 0 }
    }

    private func isInside(_ row: [Scalar], _ hole: TimeRange?, _ schema: TableSchema) -> Bool {
        hole?.contains(time(row, schema)) ?? false
    }

    private func decoys(_ table: MemoryTable, _ hole: TimeRange) -> [[Scalar]] {
        (0..<generator.int(1...5)).compactMap { _ in
            var row = generator.pick(table.rows)
            let others = table.rows.map { time($0, table.schema) }.filter(hole.contains)
            guard !others.isEmpty else { return nil }
            row[table.schema.timeColumn] = .timestamp(generator.pick(others))
            if let series = table.schema.seriesColumn, generator.oneIn(3) { row[series] = .text("gone") }
            return row
        }
    }

    // MARK: Batches

    /// Appends rows in batches of any size, some of which go to segments at once.
    private func append(_ rows: [[Scalar]], _ schema: TableSchema) throws {
        var rest = rows[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(generator.pick([1, 3, 10, 100])))
            rest = rest.dropFirst(part.count)
            try store.append(batch(part, schema), durability: .interval)
            if generator.oneIn(4) { try store.flush() }
        }
    }

    private func batch(_ rows: [[Scalar]], _ schema: TableSchema) -> AppendBatch {
        var series: [String: [[Scalar]]] = [:]
        for row in rows {
            var name = ""
            if let column = schema.seriesColumn, case .text(let text) = row[column] { name = text }
            series[name, default: []].append(row)
        }
        let groups = series.sorted { $0.key < $1.key }.map { name, rows in
            let columns = schema.columns.indices.map { column -> Vector? in
                if column == schema.seriesColumn { return nil }
                let forms = generator.pick([MemoryForms.plain, .decimals, .decimals])
                return MemoryVectors.vector(rows.map { $0[column] }, schema.columns[column].type, forms: forms)
            }
            return AppendGroup(table: schema.name, series: name, columns: columns, rowCount: rows.count)
        }
        return AppendBatch(groups: groups)
    }
}
