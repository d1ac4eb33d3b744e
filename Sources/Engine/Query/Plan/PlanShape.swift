import Columnar
import QueryLang

/// What the rows of a step look like.
struct PlanShape: Sendable {
    /// Names of the columns, for people who read plans.
    var names: [String]
    /// Types of the columns.
    var types: [ColumnType]
    /// The column by which rows ascend, unless ``isTimeOrdered`` says otherwise; nil if there is none.
    var time: Int?
    /// The column of the series key; nil if there is none.
    var series: Int?
    /// Whether rows come by time.
    var isTimeOrdered: Bool

    init(_ table: TableSchema) {
        names = table.columns.map(\.name)
        types = table.columns.map(\.type)
        time = table.timeColumn
        series = table.seriesColumn
        isTimeOrdered = true
    }

    init(names: [String], types: [ColumnType], time: Int? = nil, series: Int? = nil, isTimeOrdered: Bool = false) {
        self.names = names
        self.types = types
        self.time = time
        self.series = series
        self.isTimeOrdered = isTimeOrdered && time != nil
    }

    /// The rows that expressions give of these.
    func projected(_ expressions: [BoundExpression]) -> PlanShape {
        func place(of column: Int?) -> Int? {
            column.flatMap { column in
                expressions.firstIndex { if case .column(column, _) = $0 { true } else { false } }
            }
        }
        let text = ExpressionText(names)
        return PlanShape(
            names: expressions.map(text.text),
            types: expressions.map(\.type),
            time: place(of: time),
            series: place(of: series),
            isTimeOrdered: isTimeOrdered
        )
    }
}
