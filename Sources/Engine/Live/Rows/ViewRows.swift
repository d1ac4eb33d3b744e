import Columnar
import Market

/// The last event that changed a view's features: what a stored row of the view is dated by.
struct ViewMark: Sendable {
    var time: Int64
    var seq: Int64
    var receiveTime: Int64
}

/// Rows of one stored feature view.
struct ViewRows {
    private static let states = StringDictionary(BookState.allCases.map(\.name))

    let table: String
    let features: Range<Int>
    private var marks: [ViewMark] = []
    private var rows: [(row: FeatureRow, state: BookState)] = []

    init(table: String, features: Range<Int>) {
        self.table = table
        self.features = features
    }

    mutating func append(_ mark: ViewMark, _ row: FeatureRow, state: BookState) {
        marks.append(mark)
        rows.append((row, state))
    }

    mutating func take(series: Series, into batch: inout AppendBatch) {
        guard !rows.isEmpty else { return }
        let states = Buffer(rows.map { UInt32($0.state.rawValue) })
        var columns: [Vector?] = [
            .timestamps(marks.map(\.time)), nil, .int64(marks.map(\.seq)), .timestamps(marks.map(\.receiveTime)),
            Vector(type: .symbol, form: .dictionary(states, Self.states)),
        ]
        for feature in features { columns.append(column(feature)) }
        batch.groups.append(AppendGroup(table: table, series: series.name, columns: columns, rowCount: rows.count))
        marks.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
    }

    private func column(_ feature: Int) -> Vector? {
        let values = rows.map { $0.row.value(feature) }
        guard values.contains(where: \.hasValue) else { return nil }
        let validity = values.allSatisfy(\.hasValue) ? nil : Validity(values.map(\.hasValue))
        return Vector(type: .float64, form: .float64(Buffer(values.map(\.value))), validity: validity)
    }
}
