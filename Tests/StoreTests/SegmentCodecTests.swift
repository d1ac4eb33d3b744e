import Columnar
import Testing

@testable import Store

/// Column chunks: what goes in comes out, bit for bit, and the statistics are exact.
@Suite struct SegmentCodecTests {
    static let counts = [1, 2, 10, 15, 16, 17, 255, 256, 257, 1_000, 1_023, 1_024, 1_025, 3_000, 8_192]

    /// Encodes and decodes a column.
    static func roundTrip(
        _ vector: Vector,
        _ compression: StoreOptions.Compression = .smallest
    ) throws -> (Vector, ChunkEntry, byteCount: Int) {
        let (vector, entry, byteCount, _) = try encoded(vector, compression)
        return (vector, entry, byteCount)
    }

    private static func encoded(
        _ vector: Vector,
        _ compression: StoreOptions.Compression
    ) throws -> (Vector, ChunkEntry, byteCount: Int, texts: [String]) {
        let symbols = SymbolDictionary()
        var writer = ByteWriter()
        let encoder = ColumnEncoder(rowCount: vector.count, symbols: symbols, compression: compression)
        let entry = encoder.encode(vector, to: &writer)
        // Exactly as long as the chunk, so that a sanitizer sees a read past its end.
        let owner = OwnedMemory<UInt64>(capacity: writer.count / 8)
        UnsafeMutableRawBufferPointer(start: owner.base, count: writer.count).copyMemory(from: writer.bytes)
        var reader = ByteReader(UnsafeRawBufferPointer(start: owner.base, count: writer.count), owner: owner)
        let decoder = ColumnDecoder(entry: entry, type: vector.type, rowCount: vector.count)
        let decoded = try decoder.decode(from: &reader, symbols.stable)
        #expect(reader.remaining < 8)
        return (decoded, entry, writer.count, symbols.stable.values)
    }

    /// The value of a row, doubles as their bits.
    static func exact(_ vector: Vector, _ row: Int) -> Scalar {
        if case .float64(let value) = vector.scalar(at: row) { return .int64(Int64(bitPattern: value.bitPattern)) }
        return vector.scalar(at: row)
    }

    static func check(_ vector: Vector, _ comment: Comment? = nil) throws {
        for compression in [StoreOptions.Compression.smallest, .none] {
            let (decoded, entry, byteCount, texts) = try encoded(vector, compression)
            try #require(decoded.count == vector.count)
            for row in 0..<vector.count where exact(decoded, row) != exact(vector, row) {
                Issue.record("row \(row): \(vector.scalar(at: row)) became \(decoded.scalar(at: row)) \(comment ?? "")")
                return
            }
            let statistics = entry.statistics(type: vector.type, rowCount: vector.count) { texts[Int($0)] }
            if let statistics { checkStatistics(statistics, vector) }
            #expect(statistics != nil || vector.type.isText)
            if compression == .smallest, vector.type == .int64 {
                #expect(byteCount <= vector.count * 8 + 32 + (vector.count + 63) / 64 * 8)
            }
        }
    }

    static func checkStatistics(_ statistics: ColumnStatistics, _ vector: Vector) {
        let values = (0..<vector.count).map { vector.scalar(at: $0) }
        let present = values.filter { !$0.isNull }
        #expect(statistics.nullCount == values.count - present.count)
        let comparable = present.filter { $0 == $0 }
        #expect(statistics.min == comparable.min(by: precedes))
        #expect(statistics.max == comparable.max(by: precedes))
        #expect(same(statistics.first, values[0]))
        #expect(same(statistics.last, values[values.count - 1]))
        switch statistics.sum {
        case .integer(let sum):
            #expect(sum == present.reduce(into: Int128(0)) { if case .int64(let v) = $1 { $0 += Int128(v) } })
        case .decimal(let mantissa, let scale):
            let power = ScaledInteger.powersOfTen[scale]
            let sum = present.reduce(0.0) { if case .float64(let v) = $1 { $0 + v } else { $0 } }
            let magnitude = present.reduce(0.0) { if case .float64(let v) = $1 { $0 + abs(v) } else { $0 } }
            #expect(abs(Double(mantissa) / power - sum) <= magnitude * 1e-12)
        case .double(let high, let low):
            let sum = present.reduce(0.0) { if case .float64(let v) = $1 { $0 + v } else { $0 } }
            let magnitude = present.reduce(0.0) { if case .float64(let v) = $1 { $0 + abs(v) } else { $0 } }
            #expect(high.isFinite && abs(low) <= abs(high) && abs(high - sum) <= magnitude * 1e-12)
        case nil:
            let isFinite = present.allSatisfy { if case .float64(let value) = $0 { value.isFinite } else { true } }
            let mayOverflow = present.contains { if case .float64(let v) = $0 { abs(v) > 1e300 } else { false } }
            #expect(present.isEmpty || vector.type != .int64)
            #expect(present.isEmpty || vector.type != .float64 || !isFinite || mayOverflow)
        }
    }

    private static func same(_ first: Scalar?, _ second: Scalar) -> Bool {
        if case .float64(let a) = first, case .float64(let b) = second { return a.bitPattern == b.bitPattern }
        return first == second
    }

    static func precedes(_ first: Scalar, _ second: Scalar) -> Bool {
        switch (first, second) {
        case (.boolean(let a), .boolean(let b)): !a && b
        case (.int64(let a), .int64(let b)), (.timestamp(let a), .timestamp(let b)): a < b
        case (.float64(let a), .float64(let b)): a < b
        case (.text(let a), .text(let b)): a < b
        default: false
        }
    }

    /// Some rows without a value, or nil.
    static func validity(_ count: Int, _ generator: inout SeededGenerator) -> Validity? {
        guard generator.next() % 3 == 0 else { return nil }
        let oneIn = [2, 2, 20, 1_000].randomElement(using: &generator) ?? 2
        return Validity((0..<count).map { _ in Int.random(in: 0..<oneIn, using: &generator) != 0 })
    }

    // MARK: Integers

    static func integers(_ count: Int, _ generator: inout SeededGenerator) -> [Int64] {
        let shape = Int.random(in: 0..<10, using: &generator)
        let base: Int64 = [0, -5, .min, .max, 6_171_550_000_000].randomElement(using: &generator) ?? 0
        let tick: Int64 = [1, 2, 10, 1_000, 1 << 20, 3_000_000_000].randomElement(using: &generator) ?? 1
        let bits = Int64.random(in: 0...62, using: &generator)
        var value = base
        return (0..<count).map { row in
            let small = Int64.random(in: 0...(1 << bits - 1), using: &generator)
            switch shape {
            case 0: return base
            case 1: return base &+ Int64(row) &* tick
            case 2: return base &+ small &* tick
            case 3: return Int.random(in: 0..<50, using: &generator) == 0 ? Int64(bitPattern: generator.next()) : small
            case 4: return [Int64.min, .max, 0, -1].randomElement(using: &generator) ?? 0
            case 5: return Int64(bitPattern: generator.next())
            case 6:
                value &+= (small - (1 << bits) / 2) &* tick
                return value
            case 7:
                let isJump = Int.random(in: 0..<100, using: &generator) == 0
                value &+= isJump ? Int64(bitPattern: generator.next()) : Int64(row & 7)
                return value
            case 8: return row == count / 2 ? .max : 7
            default:
                value &+= Int64(Double(tick) * -Double.random(in: 0.000_001...1, using: &generator).significand)
                return value
            }
        }
    }

    @Test(arguments: 1...150 as ClosedRange<UInt64>)
    func integersComeBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = Self.counts[Int(seed) % Self.counts.count]
        let validity = Self.validity(count, &generator)
        let values = Buffer(Self.integers(count, &generator))
        try Self.check(Vector(type: .int64, form: .int64(values), validity: validity), "seed \(seed)")
        try Self.check(Vector(type: .timestamp, form: .int64(values), validity: validity), "seed \(seed)")
        let scale = Int.random(in: 0...ScaledInteger.scaleMax, using: &generator)
        let decimals = Vector(type: .float64, form: .scaledInteger(values, scale: scale), validity: validity)
        let (decoded, _, _) = try Self.roundTrip(decimals)
        guard validity == nil, case .scaledInteger(let mantissas, scale) = decoded.form else { return }
        #expect(mantissas.array == values.array)
    }

    @Test func randomEventTimesTakeFewBits() throws {
        var generator = SeededGenerator(seed: 3)
        var time: Int64 = 1_704_067_200_000_000_000
        let times = (0..<8_192).map { _ in
            time += Int64(-1e9 * Double.random(in: 1e-12..<1, using: &generator).logarithm)
            return time
        }
        let (_, _, byteCount) = try Self.roundTrip(.timestamps(times))
        // The entropy is 31.3 bits; a width for the largest gap would be 33.
        #expect(Double(byteCount * 8) / 8_192 < 32.4)
    }

    @Test func pricesAreDifferencesAndSizesArePatched() throws {
        var generator = SeededGenerator(seed: 4)
        var price: Int64 = 50_000
        let prices = (0..<8_192).map { _ in
            price += Int64((0..<12).reduce(0.0) { sum, _ in sum + .random(in: -0.5...0.5, using: &generator) } * 3)
            return price
        }
        let (decoded, _, byteCount) = try Self.roundTrip(.decimals(prices, scale: 2))
        #expect(byteCount < 8_192 * 5 / 8)
        guard case .scaledInteger(let mantissas, 2) = decoded.form else {
            Issue.record("decimals stay decimals")
            return
        }
        #expect(mantissas.array == prices)
    }

    // MARK: Doubles

    @Test(arguments: 1...120 as ClosedRange<UInt64>)
    func doublesComeBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = Self.counts[Int(seed) % Self.counts.count]
        let special: [Double] = [
            .nan, -.nan, .infinity, -.infinity, -0.0, 0, .leastNonzeroMagnitude, 0x1p53 + 2, 1e308,
        ]
        let scale = Int.random(in: 0...15, using: &generator)
        let shape = Int.random(in: 0..<6, using: &generator)
        let values = (0..<count).map { row -> Double in
            let mantissa = Int64.random(in: -99_999...999_999, using: &generator)
            let decimal = Double(mantissa) / ScaledInteger.powersOfTen[scale]
            switch shape {
            case 0: return decimal
            case 1:
                return Int.random(in: 0..<60, using: &generator) == 0
                    ? special.randomElement(using: &generator) ?? 0 : decimal
            case 2: return Double(bitPattern: generator.next())
            case 3: return special[Int(seed) % special.count]
            case 4: return Double.random(in: 100..<101, using: &generator)
            default: return Double(mantissa) / ScaledInteger.powersOfTen[row == 5 ? scale : min(scale, 2)]
            }
        }
        let validity = Self.validity(count, &generator)
        try Self.check(Vector(type: .float64, form: .float64(Buffer(values)), validity: validity), "seed \(seed)")
    }

    @Test func decimalDoublesBecomeMantissas() throws {
        let values = (0..<5_000).map { Double(10_000 + $0 * 37 % 900) / 100 }
        let (decoded, entry, byteCount) = try Self.roundTrip(.float64(values))
        guard case .scaledInteger(_, 2) = decoded.form else {
            Issue.record("doubles with two digits after the point are decimals of scale 2")
            return
        }
        #expect(byteCount < 5_000 * 11 / 8 + 200)
        let mantissas = values.reduce(Int128(0)) { $0 + Int128(($1 * 100).rounded()) }
        let statistics = entry.statistics(type: .float64, rowCount: 5_000) { _ in nil }
        #expect(statistics?.sum == .decimal(mantissa: mantissas, scale: 2))
        var odd = values
        odd[77] = .nan
        guard case .float64 = try Self.roundTrip(.float64(odd)).0.form else {
            Issue.record("with an exception they are doubles")
            return
        }
        #expect(try Self.roundTrip(.float64(odd)).byteCount < 5_000 * 11 / 8 + 300)
    }

    // MARK: Other types

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func booleansSymbolsAndTextsComeBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = Self.counts[Int(seed) % Self.counts.count]
        let distinct = [1, 2, 3, 200, 70_000].randomElement(using: &generator) ?? 1
        let longest = [0, 3, 40, 300].randomElement(using: &generator) ?? 0
        let flags = (0..<count).map { _ in UInt8.random(in: 0...(distinct == 1 ? 0 : 1), using: &generator) }
        let validity = Self.validity(count, &generator)
        try Self.check(Vector(type: .boolean, form: .boolean(Buffer(flags)), validity: validity))
        let texts = (0..<count).map { _ in
            "s\(Int.random(in: 0..<distinct, using: &generator))" + (seed % 2 == 0 ? "é" : "")
        }
        try Self.check(Vector(type: .symbol, form: Vector.symbols(texts).form, validity: validity))
        let long = (0..<count).map { _ in
            let times = Int.random(in: 0...longest, using: &generator)
            return String(repeating: texts.randomElement(using: &generator) ?? "", count: times)
        }
        let vector = Vector(type: .string, form: Vector.strings(long).form, validity: validity)
        try Self.check(vector, "seed \(seed)")
        try Self.check(vector.slice(count / 3..<count), "a slice, seed \(seed)")
    }

    @Test func constantsAndAllNulls() throws {
        for value in [Scalar.int64(-3), .timestamp(9), .float64(.nan), .float64(-0.0), .boolean(true), .text("x")] {
            let type: ColumnType =
                switch value {
                case .int64: .int64
                case .timestamp: .timestamp
                case .float64: .float64
                case .boolean: .boolean
                default: .symbol
                }
            try Self.check(Vector(type: type, form: .constant(value, count: 100)))
            try Self.check(Vector(type: type, form: .constant(.null, count: 100)))
            try Self.check(
                Vector(
                    type: type,
                    form: .constant(value, count: 100),
                    validity: Validity((0..<100).map { $0 % 7 == 3 })
                )
            )
        }
        try Self.check(Vector(type: .string, form: .constant(.text("wörd"), count: 100)))
        let sequence = Vector(type: .timestamp, form: .sequence(start: 5, step: 60, count: 8_192))
        guard case .sequence(5, 60, 8_192) = try Self.roundTrip(sequence).0.form else {
            Issue.record("a sequence stays one")
            return
        }
    }
}

extension Double {
    /// The natural logarithm, by the series of the area hyperbolic tangent: the tests need no other library.
    fileprivate var logarithm: Double {
        let x = (significand - 1) / (significand + 1)
        let series = (0..<30).reduce(0.0) { sum, n in
            var power = x
            for _ in 0..<2 * n { power *= x }
            return sum + 2 * power / Double(2 * n + 1)
        }
        return series + Double(exponent) * 0.693_147_180_559_945_3
    }
}
