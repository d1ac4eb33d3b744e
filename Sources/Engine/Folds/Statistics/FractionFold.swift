public import Columnar
public import QueryLang

/// What holds numbers, or enough about them, to tell the one below which a fraction of them lies.
public protocol FractionStore: Sendable, Hashable {
    /// The function, for messages.
    static var name: String { get }
    /// Nothing held.
    init()
    /// Takes numbers; NaN too.
    mutating func append(_ values: UnsafeBufferPointer<Double>)
    /// Takes over what another one holds.
    mutating func merge(_ other: Self)
    /// The number for a fraction from 0 to 1; nil if nothing is held, NaN if NaN is.
    func value(_ fraction: Double) -> Double?
    /// Bytes held beside itself.
    var byteCount: Int { get }
    /// Writes what is held.
    func encode(into writer: inout FoldStateWriter)
    /// Reads what was held.
    init(from reader: inout FoldStateReader) throws(FoldStateError)
}

/// All numbers, of which `quantile_disc(x, q)` gives one: the smallest v with at least the fraction q of all at or below it.
public struct DiscreteQuantile: FractionStore {
    /// The function.
    public static var name: String { "quantile_disc" }
    private var order = OrderStatistics()

    /// Nothing held.
    public init() {}
    /// Takes numbers.
    public mutating func append(_ values: UnsafeBufferPointer<Double>) { order.append(values) }
    /// Takes over the other's numbers.
    public mutating func merge(_ other: Self) { order.merge(other.order) }
    /// The number of rank ⌈q n⌉, the first for 0.
    public func value(_ fraction: Double) -> Double? {
        if order.hasNaN { return .nan }
        let rank = (fraction * Double(order.count)).rounded(.up) - 1
        return order.number(ofRank: min(max(Int(rank), 0), max(order.count - 1, 0)))
    }
    /// Bytes of the numbers.
    public var byteCount: Int { order.byteCount }
    /// Writes the numbers.
    public func encode(into writer: inout FoldStateWriter) { order.encode(into: &writer) }
    /// Reads the numbers.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        order = try OrderStatistics(from: &reader)
    }
}

/// `quantile(x, q)`, `quantile_disc(x, q)` and `approx_quantile(x, q)`. The fraction is a constant; if it is not, that of the first row with a
/// value counts. Decimals count as the nearest doubles.
public struct FractionFold<Store: FractionStore>: MergeableFold, Hashable {
    /// Version 1: fraction, what is held.
    public static var stateVersion: UInt8 { 1 }
    private var store = Store()
    private var fraction: Double?

    /// No value yet.
    public init() {}

    /// Takes rows in which both arguments have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        DoubleChunks.forEach(arguments, rows, count: 2) { chunk in
            fraction = fraction ?? chunk.b[0]
            store.append(UnsafeBufferPointer(start: chunk.a, count: chunk.count))
        }
    }

    /// Takes over the other's values.
    public mutating func merge(_ other: Self) {
        fraction = fraction ?? other.fraction
        store.merge(other.store)
    }

    /// The quantile; null if there is no value, an error if the fraction is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        guard let fraction else { return .null }
        guard fraction >= 0, fraction <= 1 else {
            throw QueryError(
                .semantic,
                "\(Store.name)() takes a fraction from 0 to 1, not \(fraction)",
                hint: "\(Store.name)(x, 0.5) is the median"
            )
        }
        return store.value(fraction).map { .float64($0) } ?? .null
    }

    /// Bytes of what is held.
    public var heldBytes: Int { store.byteCount }

    /// Writes fraction and what is held.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(fraction != nil)
        writer.write(fraction ?? 0)
        store.encode(into: &writer)
    }

    /// Reads fraction and what is held.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let hasFraction = try reader.readBool()
        let fraction = try reader.readDouble()
        self.fraction = hasFraction ? fraction : nil
        store = try Store(from: &reader)
    }
}
