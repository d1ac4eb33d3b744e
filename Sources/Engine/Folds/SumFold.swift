public import Columnar
public import Market
public import QueryLang

/// `sum(x)` and Σ of features over decimals and doubles: exact for decimals, then the nearest double.
public struct SumFold: MergeableFold, Hashable {
    /// Version 1: count, sum.
    public static let stateVersion: UInt8 = 1
    /// Values summed.
    public private(set) var count: Int64 = 0
    /// Their sum.
    public private(set) var total = DecimalSum()

    /// Nothing summed.
    public init() {}

    /// Adds a decimal.
    @inline(__always)
    public mutating func update(_ value: Decimal) {
        count &+= 1
        total.add(value)
    }

    /// Adds a double.
    @inline(__always)
    public mutating func update(_ value: Double) {
        count &+= 1
        total.add(value)
    }

    /// Adds an integer.
    @inline(__always)
    mutating func update(mantissa: Int64) {
        count &+= 1
        total.add(mantissa, scale: 0)
    }

    /// The sum; nil if nothing was summed.
    public var value: Double? { count == 0 ? nil : total.double }

    /// Adds rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first else { return }
        if argument.validity != nil {
            for row in rows where argument.isValid(row) { updateRow(argument, row) }
            return
        }
        switch argument.values {
        case .decimal(let base, let scale):
            total.add(UnsafeBufferPointer(start: base + rows.lowerBound, count: rows.count), scale: scale)
            count &+= Int64(rows.count)
        case .float64(let base):
            total.add(UnsafeBufferPointer(start: base + rows.lowerBound, count: rows.count))
            count &+= Int64(rows.count)
        case .int64(let base):
            total.add(UnsafeBufferPointer(start: base + rows.lowerBound, count: rows.count), scale: 0)
            count &+= Int64(rows.count)
        case .sequence, .other, .nulls:
            for row in rows { updateRow(argument, row) }
        }
    }

    @inline(__always)
    private mutating func updateRow(_ argument: borrowing FoldArguments.Argument, _ row: Int) {
        switch argument.values {
        case .decimal(let base, let scale): total.add(base[row], scale: scale)
        case .float64(let base): total.add(base[row])
        case .int64(let base): total.add(base[row], scale: 0)
        case .sequence(let start, let step): total.add(start &+ Int64(row) &* step, scale: 0)
        case .other, .nulls: return
        }
        count &+= 1
    }

    /// Adds the other sum.
    public mutating func merge(_ other: SumFold) {
        count &+= other.count
        total.merge(other.total)
    }

    /// The sum; null if nothing was summed.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes count and sum.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        total.encode(into: &writer)
    }

    /// Reads count and sum.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        total = try DecimalSum(from: &reader)
    }
}
