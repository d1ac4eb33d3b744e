public import Columnar

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
    /// The value of a window call of the select, by index.
    case window(Int, ColumnType)
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
    /// A query, answered before the rows around it; then this is a constant, or a list.
    case query(BoundSubquery)

    /// The type of the value.
    public var type: ColumnType {
        switch self {
        case .literal(_, let type), .column(_, let type), .key(_, let type), .aggregate(_, _, let type),
            .window(_, let type), .unary(_, _, let type), .binary(_, _, _, let type), .call(_, _, let type):
            type
        case .bucket: .timestamp
        case .inList, .isNull: .boolean
        case .query(let query): query.type
        }
    }
}
