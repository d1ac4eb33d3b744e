public import Columnar
public import QueryLang

/// `ofi(bid, bid_size, ask, ask_size)`: order-flow imbalance between the quotes of a group, summed (Cont, Kukanov, Stoikov
/// 2014). Sizes are exact if they are decimals; a quote without one of the four is skipped.
public struct QuoteFlowFold: MergeableFold, Hashable {
    /// Version 1: the first quote, the last, the sum.
    public static let stateVersion: UInt8 = 1

    /// Sizes of a quote: doubles, or mantissas at a scale.
    private struct Quote: Sendable, Hashable {
        var bid = 0.0
        var ask = 0.0
        var bidSize = Size()
        var askSize = Size()

        func encode(into writer: inout FoldStateWriter) {
            writer.write(bid)
            writer.write(ask)
            bidSize.encode(into: &writer)
            askSize.encode(into: &writer)
        }

        init() {}

        init(from reader: inout FoldStateReader) throws(FoldStateError) {
            bid = try reader.readDouble()
            ask = try reader.readDouble()
            bidSize = try Size(from: &reader)
            askSize = try Size(from: &reader)
        }
    }

    private struct Size: Sendable, Hashable {
        var double = 0.0
        var mantissa: Int64 = 0
        /// Negative for a double.
        var scale: Int8 = -1

        init() {}

        init(_ argument: FoldArguments.Argument, _ row: Int) {
            if let decimal = argument.mantissa(row), let scale = Int8(exactly: decimal.scale) {
                (mantissa, self.scale) = (decimal.value, scale)
            } else {
                double = argument.double(row)
            }
        }

        func add(to sum: inout DecimalSum, isNegative: Bool) {
            if scale >= 0 {
                sum.add(isNegative ? -Int128(mantissa) : Int128(mantissa), scale: Int(scale))
            } else {
                sum.add(isNegative ? -double : double)
            }
        }

        func encode(into writer: inout FoldStateWriter) {
            writer.write(double)
            writer.write(mantissa)
            writer.write(scale)
        }

        init(from reader: inout FoldStateReader) throws(FoldStateError) {
            double = try reader.readDouble()
            mantissa = try reader.readInt64()
            scale = try reader.read(Int8.self)
        }
    }

    private var first: Quote?
    private var last: Quote?
    private var sum = DecimalSum()

    /// No quote yet.
    public init() {}

    private mutating func take(_ quote: Quote) {
        if let before = last {
            let counted = OrderFlow.counted(
                bid: quote.bid,
                before: before.bid,
                ask: quote.ask,
                before: before.ask
            )
            if counted.bid { quote.bidSize.add(to: &sum, isNegative: false) }
            if counted.earlierBid { before.bidSize.add(to: &sum, isNegative: true) }
            if counted.ask { quote.askSize.add(to: &sum, isNegative: true) }
            if counted.earlierAsk { before.askSize.add(to: &sum, isNegative: false) }
        } else {
            first = quote
        }
        last = quote
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let bid = arguments.first, let bidSize = arguments.second, let ask = arguments.third,
            let askSize = arguments.fourth, !bid.isNull, !bidSize.isNull, !ask.isNull, !askSize.isNull
        else { return }
        for row in rows
        where bid.isValid(row) && bidSize.isValid(row) && ask.isValid(row) && askSize.isValid(row) {
            var quote = Quote()
            quote.bid = bid.double(row)
            quote.ask = ask.double(row)
            quote.bidSize = Size(bidSize, row)
            quote.askSize = Size(askSize, row)
            take(quote)
        }
    }

    /// Takes over the other's quotes, which come after.
    public mutating func merge(_ other: Self) {
        guard let start = other.first else { return }
        take(start)
        sum.merge(other.sum)
        last = other.last
    }

    /// The imbalance; null without quotes, 0 of one.
    public func finalize(output: Int) throws(QueryError) -> Scalar { last == nil ? .null : .float64(sum.double) }

    /// Writes quotes and sum.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(last != nil)
        (first ?? Quote()).encode(into: &writer)
        (last ?? Quote()).encode(into: &writer)
        sum.encode(into: &writer)
    }

    /// Reads quotes and sum.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let hasQuotes = try reader.readBool()
        let ends = (try Quote(from: &reader), try Quote(from: &reader))
        if hasQuotes { (first, last) = (ends.0, ends.1) }
        sum = try DecimalSum(from: &reader)
    }
}
