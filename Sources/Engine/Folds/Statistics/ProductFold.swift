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
        DoubleChunks.forEach(arguments, rows) { chunk in
            var product = product
            for index in 0..<chunk.count { product *= chunk.a[index] }
            self.product = product
            count &+= Int64(chunk.count)
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
        if let (base, scale) = arguments.first?.plainMantissas, !rows.isEmpty {
            // A larger decimal is not a smaller double.
            let bounds = RunKernels.bounds(base, rows)
            least = min(least, ScaledInteger.double(bounds.lowerBound, scale: scale))
            greatest = max(greatest, ScaledInteger.double(bounds.upperBound, scale: scale))
            hasValue = true
            return
        }
        DoubleChunks.forEach(arguments, rows) { chunk in
            var (least, greatest) = (least, greatest)
            for index in 0..<chunk.count {
                let value = chunk.a[index]
                least = value < least ? value : least
                greatest = value > greatest ? value : greatest
            }
            (self.least, self.greatest) = (least, greatest)
            hasValue = least <= greatest
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
