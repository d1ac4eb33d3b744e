import Columnar

/// What MarketStore's dialect makes of numbers and texts beside timestamps: `Epoch` counts seconds there.
extension ExpressionBinder {
    /// Sides of a comparison, with what stands beside a timestamp as one.
    func bucketSides(_ left: Operand, _ right: Operand) throws(QueryError) -> (Operand, Operand) {
        switch (left.type, right.type) {
        case (.timestamp, .timestamp): (left, right)
        case (.timestamp, _): (left, try bucketMoment(right))
        case (_, .timestamp): (try bucketMoment(left), right)
        default: (left, right)
        }
    }

    /// A value beside a timestamp: integers and decimals are seconds, integers past the year 3000 nanoseconds, texts those of
    /// ``BucketMoment``; anything else as it is.
    func bucketMoment(_ operand: Operand) throws(QueryError) -> Operand {
        let instant: Int64?
        switch operand.expression {
        case .literal(.int64(let number), _): instant = BucketMoment.instant(number)
        case .literal(.float64(let seconds), _):
            instant = Int64(exactly: (seconds * Double(CivilTime.second)).rounded())
        case .literal(.text(let text), _):
            instant = BucketMoment.instant(text, in: queries?.catalog.bucketZone ?? .utc)
        default:
            guard operand.type == .int64, !operand.expression.isNullConstant else { return operand }
            return try nanoseconds(operand)
        }
        guard let instant else {
            throw QueryError(
                .type,
                "there is no such time",
                at: operand.span,
                hint: "write seconds since 1970, or a text such as '2006-01-02-15:04:05' (years 1677 to 2262)"
            )
        }
        return Operand(expression: .literal(.timestamp(instant), .timestamp), span: operand.span)
    }

    /// `left symbol right`, arithmetic with a timestamp, which counts seconds; nil if there is none.
    func bucketArithmetic(
        _ symbol: BinaryOperator,
        _ left: Operand,
        _ right: Operand
    ) throws(QueryError) -> BoundExpression? {
        switch (left.type, right.type) {
        case (.timestamp, .int64) where symbol == .add || symbol == .subtract:
            return try TypeRules.arithmetic(symbol, left, nanoseconds(right), overflowIsNull: branchDepth > 0)
        case (.int64, .timestamp) where symbol == .add:
            return try TypeRules.arithmetic(symbol, nanoseconds(left), right, overflowIsNull: branchDepth > 0)
        case (.timestamp, _), (_, .timestamp):
            let sides = (try seconds(left), try seconds(right))
            return try TypeRules.arithmetic(symbol, sides.0, sides.1, overflowIsNull: branchDepth > 0)
        default: return nil
        }
    }

    private func seconds(_ operand: Operand) throws(QueryError) -> Operand {
        guard operand.type == .timestamp else { return operand }
        return Operand(expression: try Self.call(.epochSeconds, [operand], .int64), span: operand.span)
    }

    private func nanoseconds(_ operand: Operand) throws(QueryError) -> Operand {
        let second = Operand(expression: .literal(.int64(CivilTime.second), .int64), span: operand.span)
        let product = try TypeRules.arithmetic(.multiply, operand, second, overflowIsNull: branchDepth > 0)
        return Operand(expression: product, span: operand.span)
    }
}
