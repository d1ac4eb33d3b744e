import Columnar
import QueryLang

/// Which rows of a view are stored: the same whether they were computed as events came or from history.
struct FeatureStorage {
    private let rule: FeatureViewDefinition.Storage
    /// The last row, and whether it is one that may be stored.
    private var last: (rows: FeatureRows, row: Int, isOffered: Bool)?

    init(_ rule: FeatureViewDefinition.Storage) { self.rule = rule }

    /// Goes on after a row of a view that was written down.
    init(_ rule: FeatureViewDefinition.Storage, last: FeatureCheckpoint.StoredRow?, _ view: BoundFeatureView) {
        self.rule = rule
        guard let last else { return }
        let rows = FeatureRows(RecordBatch(columns: last.columns, rowCount: 1), view)
        self.last = (rows, 0, last.isOffered)
    }

    /// The last row, by itself.
    var lastRow: FeatureCheckpoint.StoredRow? {
        last.map { last in
            let columns = last.rows.batch.columns.map { $0.slice(last.row..<last.row + 1) }
            return FeatureCheckpoint.StoredRow(columns: columns, isOffered: last.isOffered)
        }
    }

    /// Takes the next row. Gives the row that is to be stored now, if there is one: this one, or the one before.
    ///
    /// - Parameter isOffered: whether this row may be stored; else it only says what comes before others.
    mutating func take(_ rows: FeatureRows, _ row: Int, isOffered: Bool) -> (rows: FeatureRows, row: Int)? {
        let before = last
        last = (rows, row, isOffered)
        switch rule {
        case .none: return nil
        case .onChange:
            if let before, rows.hasFeatures(of: row, like: before.rows, before.row),
                rows.state(row) == before.rows.state(before.row)
            {
                return nil
            }
            return isOffered ? (rows, row) : nil
        case .every(let length):
            guard let before, before.isOffered else { return nil }
            let (old, new) = (before.rows.times[before.row], rows.times[row])
            // Time that went back belongs to the interval that is open.
            return floorDivide(new, length) > floorDivide(old, length) ? (before.rows, before.row) : nil
        }
    }

    /// The row that is to be stored if its interval ends at or before a time.
    func rest(before end: Int64) -> (rows: FeatureRows, row: Int)? {
        guard case .every(let length) = rule, let last, last.isOffered, end < .max else { return nil }
        let place = floorDivide(last.rows.times[last.row], length)
        let (next, overflow) = (place &+ 1).multipliedReportingOverflow(by: length)
        return !overflow && next <= end ? (last.rows, last.row) : nil
    }

    /// The table of a view's stored rows: what rows begin with, then the features. A row is one event of an instrument, so
    /// that writing it again changes nothing.
    static func schema(_ view: BoundFeatureView, table: String) throws(QueryError) -> TableSchema {
        let columns = view.select.columns.map { Column($0.name, $0.type) }
        guard
            let schema = TableSchema(
                name: table,
                kind: .event,
                columns: columns,
                time: columns[BoundFeatureView.Head.time].name,
                series: columns[BoundFeatureView.Head.symbol].name,
                dedup: [columns[BoundFeatureView.Head.seq].name]
            )
        else { throw QueryError(.semantic, "two features of the view have one name but for the case of letters") }
        return schema
    }
}

/// Rows of one series of a stored view on their way to the store.
struct FeatureRowBuffer {
    private let builders: [VectorBuilder]
    private(set) var count = 0

    init(_ view: BoundFeatureView) { builders = view.select.columns.map { VectorBuilder($0.type) } }

    mutating func append(_ rows: FeatureRows, _ row: Int) {
        for (builder, vector) in zip(builders, rows.batch.columns) { builder.append(vector, row..<row + 1) }
        count += 1
    }

    /// Gives the rows away as a group.
    mutating func take(table: String, series: String) -> AppendGroup {
        var columns: [Vector?] = builders.map { $0.take() }
        columns[BoundFeatureView.Head.symbol] = nil
        let group = AppendGroup(table: table, series: series, columns: columns, rowCount: count)
        count = 0
        return group
    }
}
