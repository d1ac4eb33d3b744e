/// A sum of doubles and of double-doubles in four lanes, each of which keeps what rounding lost, so that four terms are added in
/// one go: the error of n terms is at most n² 2^-106 of the sum of their magnitudes, as that of a ``PreciseSum``.
///
/// The owner counts: its n-th term goes to lane n mod 4, however rows are cut. Terms must be finite. Eight doubles in memory, as
/// the kernels of `statistics.c` take them.
struct LaneSum: Sendable, Hashable {
    private var sums = SIMD4<Double>.zero
    private var errors = SIMD4<Double>.zero

    init() {}

    /// Adds `term + rest`, where `rest` is small beside it, to a lane from 0 to 3.
    @inline(__always)
    mutating func add(_ term: Double, rest: Double, lane: Int) {
        let offset = (lane & 3) &* MemoryLayout<Double>.stride
        withUnsafeMutableBytes(of: &sums) { sums in
            withUnsafeMutableBytes(of: &errors) { errors in
                let (sum, lost) = DoubleDouble.twoSum(sums.load(fromByteOffset: offset, as: Double.self), term)
                let error = errors.load(fromByteOffset: offset, as: Double.self) + (lost + rest)
                sums.storeBytes(of: sum, toByteOffset: offset, as: Double.self)
                errors.storeBytes(of: error, toByteOffset: offset, as: Double.self)
            }
        }
    }

    /// Adds a double-double.
    mutating func add(_ term: DoubleDouble) { add(term.high, rest: term.low, lane: 0) }

    /// The sum.
    var value: DoubleDouble {
        let halves = (
            DoubleDouble(high: sums[0], low: errors[0]) + DoubleDouble(high: sums[1], low: errors[1]),
            DoubleDouble(high: sums[2], low: errors[2]) + DoubleDouble(high: sums[3], low: errors[3])
        )
        return halves.0 + halves.1
    }

    func encode(into writer: inout FoldStateWriter) {
        for lane in 0..<4 {
            writer.write(sums[lane])
            writer.write(errors[lane])
        }
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        for lane in 0..<4 {
            sums[lane] = try reader.readDouble()
            errors[lane] = try reader.readDouble()
        }
    }
}

/// Which lane of ``LaneSum`` the next term goes to.
struct LaneCounter: Sendable, Hashable {
    private(set) var next = 0

    init() {}

    /// The lane of a term.
    @inline(__always)
    mutating func take() -> Int {
        let lane = next
        next = (next &+ 1) & 3
        return lane
    }

    func encode(into writer: inout FoldStateWriter) { writer.write(UInt8(next)) }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        next = Int(try reader.readUInt8())
        guard next < 4 else { throw .malformed }
    }
}
