public import Columnar

/// A statement whose names and types are resolved: the input of the planner.
public enum BoundStatement: Sendable, Hashable {
    /// Reads rows.
    case select(BoundSelect)
    /// Lists the tables: name, kind, timeframe, designated timestamp, series key, columns.
    case showTables
    /// Lists the columns of a table: column, type, designated (boolean), series_key (boolean).
    case showColumns(TableSchema)

    /// What a caller must be allowed to do.
    public var statementClass: StatementClass {
        switch self {
        case .select, .showTables, .showColumns: .read
        }
    }
}

/// What a statement may change, for authorisation.
public enum StatementClass: String, Sendable, Hashable {
    /// Changes nothing.
    case read
    /// Adds or changes rows.
    case write
    /// Changes tables, jobs or the server.
    case admin
}

/// A column of an answer.
public struct ResultColumn: Sendable, Hashable {
    /// The name.
    public let name: String
    /// The type.
    public let type: ColumnType

    /// Creates a column.
    public init(name: String, type: ColumnType) {
        self.name = name
        self.type = type
    }
}

/// A `SELECT`, bound.
///
/// Meaning: take the rows of `table` in `times` and `series` for which `predicate` is true; shape them; order; limit.
public struct BoundSelect: Sendable, Hashable {
    /// The table.
    public var table: TableSchema
    /// Time ranges pushed down from WHERE: sorted, disjoint, none empty. No range at all means no rows.
    public var times: [TimeRange]
    /// Series pushed down from WHERE.
    public var series: ScanSeries
    /// What is left of WHERE: a boolean expression; null counts as false. nil means true.
    public var predicate: BoundExpression?
    /// How rows become answers.
    public var shape: Shape
    /// The answer's columns: the first expressions of ``shape``, in order.
    ///
    /// ``shape`` may hold more expressions than there are columns here: those past the last column are *hidden*. They
    /// are computed for ORDER BY alone (`SELECT price … ORDER BY time`) and are no part of the answer.
    public var columns: [ResultColumn]
    /// ORDER BY; empty means by (time, series, arrival) for rows, (bucket, keys) for aggregates.
    ///
    /// Each term is `.column(i, type)`: the i-th expression of ``shape``, which is a hidden one if `i >= columns.count`.
    public var orderBy: [OrderTerm]
    /// LIMIT; nil means all.
    public var limit: Int?

    /// Which series to read.
    public enum ScanSeries: Sendable, Hashable {
        /// Every series.
        case all
        /// These only.
        case named([String])
    }

    /// How rows become answers.
    public indirect enum Shape: Sendable, Hashable {
        /// One answer a row: expressions over the table's columns.
        case rows([BoundExpression])
        /// The last row of each series (after `predicate`): expressions over the table's columns.
        case latest([BoundExpression])
        /// One answer a group.
        case aggregate(Aggregation)

        /// The expressions, one a column and then the hidden ones.
        public var expressions: [BoundExpression] {
            switch self {
            case .rows(let expressions), .latest(let expressions): expressions
            case .aggregate(let aggregation): aggregation.outputs
            }
        }
    }

    /// How many expressions of ``shape`` serve ORDER BY alone.
    public var hiddenCount: Int { shape.expressions.count - columns.count }

    /// Creates a bound SELECT.
    public init(
        table: TableSchema,
        times: [TimeRange],
        series: ScanSeries,
        predicate: BoundExpression?,
        shape: Shape,
        columns: [ResultColumn],
        orderBy: [OrderTerm],
        limit: Int?
    ) {
        self.table = table
        self.times = times
        self.series = series
        self.predicate = predicate
        self.shape = shape
        self.columns = columns
        self.orderBy = orderBy
        self.limit = limit
    }
}

/// Grouping and aggregates of a SELECT.
public struct Aggregation: Sendable, Hashable {
    /// Nanoseconds of a SAMPLE BY bucket, aligned to the Unix epoch; nil without SAMPLE BY. Empty buckets give no row.
    public var sampleBy: Int64?
    /// Group keys besides the bucket: expressions over the table's columns (usually the series key).
    public var keys: [BoundExpression]
    /// The aggregates; the planner computes equal ones once.
    public var aggregates: [AggregateCall]
    /// One expression an answer column, then the hidden ones; `.bucket`, `.key(i)` and `.aggregate(i, output:)` are
    /// the leaves, besides literals.
    public var outputs: [BoundExpression]

    /// Creates an aggregation.
    public init(sampleBy: Int64?, keys: [BoundExpression], aggregates: [AggregateCall], outputs: [BoundExpression]) {
        self.sampleBy = sampleBy
        self.keys = keys
        self.aggregates = aggregates
        self.outputs = outputs
    }
}

/// A call of an aggregate function over the rows of a group.
public struct AggregateCall: Sendable, Hashable {
    /// The function, out of ``FunctionCatalog/aggregates``.
    public var function: AggregateFunction
    /// Its arguments, over the table's columns; empty for `count()` and `count(*)`.
    public var arguments: [BoundExpression]

    /// Creates a call.
    public init(function: AggregateFunction, arguments: [BoundExpression]) {
        self.function = function
        self.arguments = arguments
    }
}

/// One term of ORDER BY.
public struct OrderTerm: Sendable, Hashable {
    /// What to order by.
    public var expression: BoundExpression
    /// Whether larger values come first. Nulls come last in ascending order, first in descending.
    public var isDescending: Bool

    /// Creates a term.
    public init(expression: BoundExpression, isDescending: Bool) {
        self.expression = expression
        self.isDescending = isDescending
    }
}

/// The aggregate functions.
public enum AggregateFunction: String, Sendable, Hashable, CaseIterable {
    /// Rows, or values that are not null.
    case count
    /// Sum: exact for int64 and decimals.
    case sum
    /// Smallest value; NaN is skipped.
    case min
    /// Largest value; NaN is skipped.
    case max
    /// Sum over count, float64.
    case avg
    /// First value in order of time and arrival that is not null.
    case first
    /// Last such value.
    case last
    /// `vwap(price, size)`: Σ price × size / Σ size; null if Σ size is 0.
    case vwap
    /// `ohlcv(price, size)`: five outputs open, high, low, close, volume.
    case ohlcv
}

/// A typed expression. Its leaves depend on where it stands; see ``BoundSelect`` and ``Aggregation``.
public indirect enum BoundExpression: Sendable, Hashable {
    /// A constant.
    case literal(Scalar, ColumnType)
    /// A column by index.
    case column(Int, ColumnType)
    /// Start of the SAMPLE BY bucket.
    case bucket
    /// A group key by index.
    case key(Int, ColumnType)
    /// An output of an aggregate: index of the call, index of the output.
    case aggregate(Int, output: Int, ColumnType)
    /// A unary operator.
    case unary(UnaryOperator, BoundExpression, ColumnType)
    /// A binary operator. Operands have equal types, but for: int64 with float64; symbol with string; a comparison of
    /// timestamp with int64 (nanoseconds); timestamp + int64, int64 + timestamp and timestamp - int64 (a timestamp).
    /// timestamp - timestamp is int64. A literal already has the type of the other side where it can.
    case binary(BinaryOperator, BoundExpression, BoundExpression, ColumnType)
    /// `operand IN (values)`; literals of the operand's type, no nulls, none twice; no values at all is false.
    case inList(BoundExpression, [Scalar], isNegated: Bool)
    /// `operand IS [NOT] NULL`.
    case isNull(BoundExpression, isNegated: Bool)
    /// A call of a scalar function.
    case call(ScalarFunction, [BoundExpression], ColumnType)

    /// The type of the value.
    public var type: ColumnType {
        switch self {
        case .literal(_, let type), .column(_, let type), .key(_, let type), .aggregate(_, _, let type),
            .unary(_, _, let type), .binary(_, _, _, let type), .call(_, _, let type):
            type
        case .bucket: .timestamp
        case .inList, .isNull: .boolean
        }
    }
}

/// Unary operators.
public enum UnaryOperator: String, Sendable, Hashable, CaseIterable {
    /// Arithmetic negation.
    case negate = "-"
    /// Logical negation, of three values.
    case not = "NOT"
}

/// Binary operators.
public enum BinaryOperator: String, Sendable, Hashable, CaseIterable {
    /// Sum.
    case add = "+"
    /// Difference.
    case subtract = "-"
    /// Product.
    case multiply = "*"
    /// Quotient: float64; int64 division truncates, and by zero is null.
    case divide = "/"
    /// Remainder.
    case modulo = "%"
    /// Equal.
    case equal = "="
    /// Not equal.
    case notEqual = "!="
    /// Less.
    case less = "<"
    /// Less or equal.
    case lessOrEqual = "<="
    /// Greater.
    case greater = ">"
    /// Greater or equal.
    case greaterOrEqual = ">="
    /// Logical and, of three values.
    case and = "AND"
    /// Logical or, of three values.
    case or = "OR"
}

/// The scalar functions.
public enum ScalarFunction: String, Sendable, Hashable, CaseIterable {
    /// Absolute value.
    case abs
    /// Square root.
    case sqrt
    /// Natural logarithm.
    case ln
    /// e to the power of.
    case exp
    /// Largest integer not above.
    case floor
    /// Smallest integer not below.
    case ceil
    /// `round(x)` or `round(x, digits)`, half away from zero.
    case round
    /// The first argument that is not null.
    case coalesce
}
