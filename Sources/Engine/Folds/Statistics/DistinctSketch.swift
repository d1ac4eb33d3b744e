public import Columnar
internal import Glibc
public import QueryLang

/// `approx_count_distinct(x)`: about how many different values, by HyperLogLog with 64-bit hashes and 2¹⁴ registers (Flajolet
/// et al. 2007, Heule, Nunkesser and Hall 2013), and the estimator of Ertl (2017), which needs no table of corrections.
///
/// Up to 2,048 different values it is exact; beyond, the standard error is 1.04 / √2¹⁴ = 0.81 %. The hash is fixed, and states
/// merge to the one over all rows: the answer depends on the set of values alone. All NaN are one value, -0 is 0, text goes by its
/// UTF-8 bytes.
public struct ApproximateCountDistinctFold: MergeableFold, Hashable {
    /// Version 1: hashes or registers.
    public static let stateVersion: UInt8 = 1
    static let precision = 14
    /// Hashes that are held before they become registers: as many bytes as the registers, and the most that are counted exactly.
    static let exactMax = 2048

    private var hashes = DistinctKeys()
    /// The longest run of zeros, plus one, of the hashes of a register; empty while hashes are held.
    private var registers: [UInt8] = []

    /// No value yet.
    public init() {}

    /// Takes the hash of a value.
    @inline(__always)
    private mutating func insert(_ hash: UInt64) {
        if registers.isEmpty {
            hashes.insert(hash)
            if hashes.keyCount > Self.exactMax { spread() }
        } else {
            place(hash)
        }
    }

    @inline(__always)
    private mutating func place(_ hash: UInt64) {
        let register = Int(hash >> UInt64(64 - Self.precision))
        let rank = UInt8(min((hash << UInt64(Self.precision)).leadingZeroBitCount, 64 - Self.precision) + 1)
        if rank > registers[register] { registers[register] = rank }
    }

    private mutating func spread() {
        registers = [UInt8](repeating: 0, count: 1 << Self.precision)
        for hash in hashes.sorted { place(hash) }
        hashes = DistinctKeys()
    }

    /// The finalizer of MurmurHash3, twice with a constant between: one-to-one, so that numbers never collide.
    @inline(__always)
    static func hash(_ key: UInt64) -> UInt64 {
        var hash = key ^ 0x9E37_79B9_7F4A_7C15
        for _ in 0..<2 {
            hash ^= hash >> 33
            hash &*= 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 33
            hash &*= 0xC4CE_B9FE_1A85_EC53
            hash ^= hash >> 33
        }
        return hash
    }

    /// FNV-1a of the bytes, then as numbers.
    private static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Self.hash(hash)
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        let type = arguments.firstVector?.type ?? .float64
        if case .dictionary(let codes, let dictionary) = arguments.firstVector?.form {
            var seen = [Bool](repeating: false, count: dictionary.values.count)
            for row in rows where argument.isValid(row) { seen[Int(codes.base[row])] = true }
            for code in seen.indices where seen[code] { insert(Self.hash(dictionary.values[code])) }
            return
        }
        for row in rows where argument.isValid(row) {
            if let key = FrequencyTable.key(argument, row, type) {
                insert(Self.hash(key))
            } else {
                switch arguments.firstScalar(at: row) {
                case .text(let text): insert(Self.hash(text))
                case .boolean(let value): insert(Self.hash(value ? 1 : 0))
                default: break
                }
            }
        }
    }

    /// Takes over the other's values.
    public mutating func merge(_ other: Self) {
        if other.registers.isEmpty {
            for hash in other.hashes.sorted { insert(hash) }
            return
        }
        if registers.isEmpty { spread() }
        for index in registers.indices { registers[index] = max(registers[index], other.registers[index]) }
    }

    /// About how many different values.
    public var count: Int64 {
        if registers.isEmpty { return Int64(hashes.keyCount) }
        var multiplicity = [Double](repeating: 0, count: 66 - Self.precision)
        for rank in registers { multiplicity[Int(rank)] += 1 }
        let number = Double(registers.count)
        let last = 64 - Self.precision
        var z = number * Self.tau(1 - multiplicity[last + 1] / number)
        for rank in stride(from: last, through: 1, by: -1) { z = 0.5 * (z + multiplicity[rank]) }
        z += number * Self.sigma(multiplicity[0] / number)
        let estimate = (number * number / (2 * M_LN2) / z).rounded()
        // Only registers that no rows could fill give more.
        return estimate < 0x1p62 ? Int64(estimate) : .max
    }

    /// x + Σ x^(2^k) 2^(k - 1) (Ertl 2017, Algorithm 6).
    private static func sigma(_ share: Double) -> Double {
        if share == 1 { return .infinity }
        var (x, y, z) = (share, 1.0, share)
        while true {
            x *= x
            let before = z
            z += x * y
            y += y
            if z == before { return z }
        }
    }

    /// (1 - x - Σ (1 - x^(2^-k))² 2^-k) / 3 (Ertl 2017, Algorithm 6).
    private static func tau(_ share: Double) -> Double {
        if share == 0 || share == 1 { return 0 }
        var (x, y, z) = (share, 1.0, 1 - share)
        while true {
            x = x.squareRoot()
            let before = z
            y *= 0.5
            z -= (1 - x) * (1 - x) * y
            if z == before { return z / 3 }
        }
    }

    /// About how many different values.
    public func finalize(output: Int) throws(QueryError) -> Scalar { .int64(count) }

    /// Bytes of hashes or registers.
    public var heldBytes: Int { hashes.byteCount + registers.capacity }

    /// Writes hashes or registers.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(!registers.isEmpty)
        if registers.isEmpty {
            hashes.encode(into: &writer)
        } else {
            for rank in registers { writer.write(rank) }
        }
    }

    /// Reads hashes or registers.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        guard try reader.readBool() else {
            hashes = try DistinctKeys(from: &reader)
            guard hashes.keyCount <= Self.exactMax else { throw .malformed }
            return
        }
        for _ in 0..<1 << Self.precision {
            let rank = try reader.readUInt8()
            guard rank <= 65 - Self.precision else { throw .malformed }
            registers.append(rank)
        }
    }
}
