public import Columnar
public import QueryLang

/// `twap(price)`: the price weighted by the time for which it stood, Σ price_i × (t_{i+1} - t_i) / (t_last - t_first) over the
/// rows in order of time, then of calls. The last row has no weight; where no time passes it is the mean.
///
/// Rows may come in any order, so they are held until ``advance(watermark:)`` says that no earlier one will follow: then
/// they become one sum. Decimals count as the nearest doubles.
public struct TWAPFold: MergeableFold, Hashable {
    /// Version 1: watermark, the sum before it, rows.
    public static let stateVersion: UInt8 = 1

    private struct Row: Hashable {
        var time: Int64
        var price: Double
    }

    /// Rows from the watermark on, by order of calls.
    private var rows: [Row] = []
    private var isAscending = true
    private var integral = PriceIntegral()
    private var watermark = Int64.min

    /// No price yet.
    public init() {}

    /// Takes a price. One from before the watermark is passed over.
    @inline(__always)
    public mutating func update(time: Int64, price: Double) {
        guard time >= watermark else { return }
        if let last = rows.last, time < last.time { isAscending = false }
        rows.append(Row(time: time, price: price))
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let price = arguments.first, !price.isNull else { return }
        for row in rows where price.isValid(row) { update(time: arguments.time(row), price: price.double(row)) }
    }

    /// Turns the rows before the watermark into a sum.
    public mutating func advance(watermark: Int64) {
        guard watermark > self.watermark else { return }
        self.watermark = watermark
        sortRows()
        let end = rows.firstIndex { $0.time >= watermark } ?? rows.count
        for row in rows[..<end] { integral.append(row.time, row.price) }
        rows.removeFirst(end)
    }

    private mutating func sortRows() {
        if isAscending { return }
        isAscending = true
        let order = rows.indices.sorted { (rows[$0].time, $0) < (rows[$1].time, $1) }
        rows = order.map { rows[$0] }
    }

    /// Takes over the other's prices. What the other has summed up must lie after everything here.
    public mutating func merge(_ other: TWAPFold) {
        if let start = other.integral.firstTime {
            advance(watermark: start)
            precondition(rows.allSatisfy { $0.time == start }, "BUG: rows of a time that was summed up")
            for row in rows { integral.append(row.time, row.price) }
            rows.removeAll()
            integral.append(other.integral)
        }
        watermark = max(watermark, other.watermark)
        if !other.isAscending { isAscending = false }
        if let last = rows.last, let first = other.rows.first, first.time < last.time { isAscending = false }
        rows.append(contentsOf: other.rows)
    }

    /// The weighted mean; nil if there is no price.
    public var value: Double? {
        var all = self
        all.advance(watermark: .max)
        // Rows of the last instant of all time are not before it.
        for row in all.rows { all.integral.append(row.time, row.price) }
        return all.integral.mean
    }

    /// The weighted mean; null if there is no price.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Bytes of the rows that are held.
    public var heldBytes: Int { rows.capacity * MemoryLayout<Row>.stride }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(watermark)
        integral.encode(into: &writer)
        writer.write(isAscending)
        writer.write(Int64(rows.count))
        for row in rows {
            writer.write(row.time)
            writer.write(row.price)
        }
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        watermark = try reader.readInt64()
        integral = try PriceIntegral(from: &reader)
        isAscending = try reader.readBool()
        let count = try reader.readInt64()
        guard count >= 0 else { throw .malformed }
        for _ in 0..<count {
            let time = try reader.readInt64()
            rows.append(Row(time: time, price: try reader.readDouble()))
        }
    }
}
