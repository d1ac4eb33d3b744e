public import Columnar
public import QueryLang

/// What is summed over logarithmic returns r: a term of each return and of the one or two before it.
public protocol ReturnKind: Sendable {
    /// How many returns a term looks at, from 1 to 3.
    static var span: Int { get }
    /// The term of a return; the ones before it are 0 if ``span`` does not reach them.
    static func term(_ current: Double, _ before: Double, _ beforeThat: Double) -> Double
    /// The value for the sum of terms over a number of returns, at least ``span``.
    static func value(sum: Double, returns: Double) -> Double
}

/// A sum over the logarithmic returns between prices, in their order: by time and arrival in a group, in that of the window
/// over a window. Holds the ends of the path, so that parts of it can be joined.
///
/// Null with too few returns. NaN if a price is 0, negative, NaN or infinite.
public struct ReturnFold<Kind: ReturnKind>: MergeableFold, Hashable {
    /// Version 1: path, sum, the first and last returns.
    public static var stateVersion: UInt8 { 1 }
    private var path = PricePath()
    private var sum = PreciseSum()
    /// The first two returns.
    private var head = SIMD2<Double>.zero
    /// The last return, and the one before it.
    private var tail = SIMD2<Double>.zero

    /// No price yet.
    public init() {}

    /// Takes a price.
    @inline(__always)
    public mutating func update(_ price: Double) {
        if let change = path.next(price) { push(change, number: path.returns) }
    }

    /// Takes the return of a number, from 1.
    @inline(__always)
    private mutating func push(_ change: Double, number: Int64) {
        if number >= Kind.span { sum.add(Kind.term(change, tail.x, tail.y)) }
        if Kind.span > 1 {
            if number <= 2 { head[Int(number) - 1] = change }
            tail = SIMD2(change, tail.x)
        }
    }

    /// The value; nil with too few returns.
    public var value: Double? {
        guard path.returns >= Kind.span else { return nil }
        return path.isBroken ? .nan : Kind.value(sum: sum.value.double, returns: Double(path.returns))
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let price = arguments.first, !price.isNull else { return }
        var fold = self
        if let values = price.plainDoubles {
            for row in rows { fold.update(values[row]) }
        } else {
            for row in rows where price.isValid(row) { fold.update(price.double(row)) }
        }
        self = fold
    }

    /// Goes on with the other's prices. Terms that reach over the seam are made of its first returns.
    public mutating func merge(_ other: Self) {
        if path.count == 0 {
            self = other
            return
        }
        var number = path.returns
        let seam = path.append(other.path)
        guard !path.isBroken, let seam else { return }
        number &+= 1
        push(seam, number: number)
        let replayed = min(other.path.returns, Int64(Kind.span - 1))
        for index in 0..<Int(replayed) { push(other.head[index], number: number &+ Int64(index) &+ 1) }
        sum.add(other.sum.value)
        if other.path.returns >= 2 { tail = other.tail }
    }

    /// The value; null with too few returns.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        path.encode(into: &writer)
        sum.encode(into: &writer)
        for value in [head.x, head.y, tail.x, tail.y] { writer.write(value) }
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        path = try PricePath(from: &reader)
        sum = try PreciseSum(from: &reader)
        head = SIMD2(try reader.readDouble(), try reader.readDouble())
        tail = SIMD2(try reader.readDouble(), try reader.readDouble())
    }
}
