public import Columnar
public import QueryLang

/// What is summed over logarithmic returns r: a term of each return and of the one or two before it.
public protocol ReturnKind: Sendable {
    /// How many returns a term looks at, from 1 to 3.
    static var span: Int { get }
    /// Writes the term of each return. As many as ``span`` reaches back to lie before the first.
    static func terms(_ returns: UnsafePointer<Double>, _ count: Int, into terms: UnsafeMutablePointer<Double>)
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

    /// The value; nil with too few returns.
    public var value: Double? {
        guard path.returns >= Kind.span else { return nil }
        return path.isBroken ? .nan : Kind.value(sum: sum.value.double, returns: Double(path.returns))
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        update(arguments, rows) { _, _ in }
    }

    /// Takes rows, and shows the returns to them.
    mutating func update(
        _ arguments: borrowing FoldArguments,
        _ rows: Range<Int>,
        _ body: (UnsafePointer<Double>, Int) -> Void
    ) {
        DoubleChunks.forEach(arguments, rows, scratch: 2) { chunk in
            // The returns before lie before them.
            let returns = chunk.scratch(0) + 2
            let number = path.returns
            let count = path.next(chunk.a, chunk.count, into: returns)
            push(returns, count, after: number, chunk.scratch(1))
            body(returns, count)
        }
    }

    /// Takes returns that follow a number of them; there is room for two before them, and for as many terms.
    private mutating func push(
        _ returns: UnsafeMutablePointer<Double>,
        _ count: Int,
        after number: Int64,
        _ terms: UnsafeMutablePointer<Double>
    ) {
        if count == 0 { return }
        if Kind.span > 1 {
            (returns[-1], returns[-2]) = (tail.x, tail.y)
            var index = 0
            while index < count, number &+ Int64(index) < 2 {
                head[Int(number) &+ index] = returns[index]
                index &+= 1
            }
            tail = SIMD2(returns[count &- 1], returns[count &- 2])
        }
        let skipped = min(count, max(0, Kind.span &- 1 &- Int(min(number, 2))))
        Kind.terms(returns + skipped, count &- skipped, into: terms)
        sum.add(terms, count &- skipped)
    }

    /// Takes the return of a number, from 1.
    private mutating func push(_ change: Double, number: Int64) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 4) { memory in
            let base = memory.baseAddress.unsafelyUnwrapped  // not empty
            base[2] = change
            push(base + 2, 1, after: number &- 1, base + 3)
        }
    }

    /// Goes on with the other's prices. Terms that reach over the seam are made of its first returns.
    public mutating func merge(_ other: Self) { _ = join(other) }

    /// Goes on with the other's prices; gives the return between both, if there is one.
    mutating func join(_ other: Self) -> Double? {
        if path.count == 0 {
            self = other
            return nil
        }
        var number = path.returns
        let seam = path.append(other.path)
        guard !path.isBroken, let seam else { return nil }
        number &+= 1
        push(seam, number: number)
        let replayed = min(other.path.returns, Int64(Kind.span - 1))
        for index in 0..<Int(replayed) { push(other.head[index], number: number &+ Int64(index) &+ 1) }
        sum.add(other.sum.value)
        if other.path.returns >= 2 { tail = other.tail }
        return seam
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
