public import Columnar
public import QueryLang

/// `yang_zhang(open, high, low, close)`: σ_o² + k σ_c² + (1 - k) σ_RS², a variance per bar (Yang and Zhang 2000).
///
/// σ_o² is the variance of a sample of ln(Oₜ/Cₜ₋₁), σ_c² that of ln(C/O), σ_RS² the mean of Rogers and Satchell, all over the n
/// bars that have one before them; k = 0.34 / (1.34 + (n + 1)/(n - 1)). Null with fewer than two such bars. NaN if a price is
/// 0, negative, NaN or infinite.
public struct YangZhangFold: MergeableFold, Hashable {
    /// Version 2: bars, their ends, moments.
    public static let stateVersion: UInt8 = 2
    private struct Bar: Hashable {
        var open = 0.0
        var high = 0.0
        var low = 0.0
        var close = 0.0
    }

    private var count: Int64 = 0
    private var first = Bar()
    private var lastClose = 0.0
    private var opens = DoubleMoments()
    private var closes = DoubleMoments()
    private var drifts = DoubleMoments()

    /// No bar yet.
    public init() {}

    /// Takes a bar.
    @inline(__always)
    public mutating func update(open: Double, high: Double, low: Double, close: Double) {
        count &+= 1
        if count == 1 {
            first = Bar(open: open, high: high, low: low, close: close)
        } else {
            opens.add(PriceRatio.logarithm(open, lastClose))
            closes.add(PriceRatio.logarithm(close, open))
            drifts.add(RogersSatchell.term(open, high, low, close))
        }
        lastClose = close
    }

    /// The variance; nil with fewer than two bars that follow one.
    public var value: Double? {
        let bars = count &- 1
        guard bars > 1 else { return nil }
        // The first bar has only a close to give, but a price that is none makes no variance.
        let start = RogersSatchell.term(first.open, first.high, first.low, first.close)
        guard !start.isNaN, opens.nonFiniteCount == 0, closes.nonFiniteCount == 0, drifts.nonFiniteCount == 0 else {
            return .nan
        }
        let n = Double(bars)
        let k = 0.34 / (1.34 + (n + 1) / (n - 1))
        let drift = drifts.sums
        let mean = (drift.sum / DoubleDouble(Int128(bars)) + DoubleDouble(drift.origin)).double
        return opens.sums.centered / (n - 1) + k * closes.sums.centered / (n - 1) + (1 - k) * mean
    }

    /// Takes rows in which all prices have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        DoubleChunks.forEach(arguments, rows, count: 4, scratch: 3) { chunk in
            update(open: chunk.a[0], high: chunk.b[0], low: chunk.c[0], close: chunk.d[0])
            let rest = chunk.count &- 1
            let (open, close) = (chunk.a + 1, chunk.d + 1)
            let terms = chunk.scratch(0)
            PriceRatio.logarithms(open, chunk.d, rest, into: terms)
            opens.add(terms, rest)
            PriceRatio.logarithms(close, open, rest, into: terms)
            closes.add(terms, rest)
            let bars = (open: open, high: chunk.b + 1, low: chunk.c + 1, close: close)
            RogersSatchell.terms(of: bars, rest, (chunk.scratch(1), chunk.scratch(2)), into: terms)
            drifts.add(terms, rest)
            count &+= Int64(rest)
            lastClose = chunk.d[rest]
        }
    }

    /// Goes on with the other's bars.
    public mutating func merge(_ other: Self) {
        if other.count == 0 { return }
        if count == 0 {
            self = other
            return
        }
        let bar = other.first
        update(open: bar.open, high: bar.high, low: bar.low, close: bar.close)
        count &+= other.count &- 1
        lastClose = other.lastClose
        opens.merge(other.opens)
        closes.merge(other.closes)
        drifts.merge(other.drifts)
    }

    /// The variance; null with fewer than two bars that follow one.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        for value in [first.open, first.high, first.low, first.close, lastClose] { writer.write(value) }
        for moments in [opens, closes, drifts] { moments.encode(into: &writer) }
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        guard count >= 0, count < .max / 2 else { throw .malformed }
        first.open = try reader.readDouble()
        first.high = try reader.readDouble()
        first.low = try reader.readDouble()
        first.close = try reader.readDouble()
        lastClose = try reader.readDouble()
        opens = try DoubleMoments(from: &reader)
        closes = try DoubleMoments(from: &reader)
        drifts = try DoubleMoments(from: &reader)
    }
}
