public import Columnar
public import QueryLang

/// `product(x)`: Π x as doubles, with what IEEE 754 says where it leaves their range on the way.
public struct ProductFold: MergeableFold, Hashable {
    /// Version 1: count, product.
    public static let stateVersion: UInt8 = 1
    private var count: Int64 = 0
    private var product = 1.0

    /// No value yet.
    public init() {}

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        for row in rows where argument.isValid(row) {
            product *= argument.double(row)
            count &+= 1
        }
    }

    /// Takes over the other's values.
    public mutating func merge(_ other: Self) {
        product *= other.product
        count &+= other.count
    }

    /// The product; null without values.
    public func finalize(output: Int) throws(QueryError) -> Scalar { count == 0 ? .null : .float64(product) }

    /// Writes count and product.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(product)
    }

    /// Reads count and product.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        product = try reader.readDouble()
    }
}

/// `value_range(x)`: the largest value minus the smallest, as doubles; NaN is passed over.
public struct ValueRangeFold: MergeableFold, Hashable {
    /// Version 1: smallest, largest.
    public static let stateVersion: UInt8 = 1
    private var least = Double.infinity
    private var greatest = -Double.infinity
    private var hasValue = false

    /// No value yet.
    public init() {}

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        for row in rows where argument.isValid(row) {
            let value = argument.double(row)
            if value < least { least = value }
            if value > greatest { greatest = value }
            if !value.isNaN { hasValue = true }
        }
    }

    /// Takes over the other's values.
    public mutating func merge(_ other: Self) {
        least = min(least, other.least)
        greatest = max(greatest, other.greatest)
        hasValue = hasValue || other.hasValue
    }

    /// The range; null without values. Of one infinity, repeated, it is NaN as ∞ - ∞ is.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        hasValue ? .float64(greatest - least) : .null
    }

    /// Writes both ends.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(least)
        writer.write(greatest)
        writer.write(hasValue)
    }

    /// Reads both ends.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        least = try reader.readDouble()
        greatest = try reader.readDouble()
        hasValue = try reader.readBool()
    }
}
