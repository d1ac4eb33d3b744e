import Columnar

/// How often each value came: numbers, times and truth values as integers, text by its UTF-8 bytes.
struct FrequencyTable: Sendable {
    /// The type of the values; nil before the first.
    private(set) var type: ColumnType?
    private var numbers = CountedKeys()
    private var texts: [TextBytes: Int64] = [:]
    private var textBytes = 0

    init() {}

    /// Values taken.
    private(set) var total: Int64 = 0

    /// Bytes of the table and of its texts.
    var byteCount: Int {
        numbers.byteCount + texts.capacity * (MemoryLayout<TextBytes>.stride + MemoryLayout<Int64>.stride) + textBytes
    }

    /// A number or time as an integer, the same for equal ones and for all NaN; nil for truth values and text.
    @inline(__always)
    static func key(_ argument: FoldArguments.Argument, _ row: Int, _ type: ColumnType) -> UInt64? {
        switch argument.values {
        case .int64(let base) where type != .float64: return UInt64(bitPattern: base[row])
        case .sequence(let start, let step) where type != .float64:
            return UInt64(bitPattern: start &+ Int64(row) &* step)
        case .int64, .sequence, .float64, .decimal: return key(argument.double(row))
        case .other, .nulls: return nil
        }
    }

    @inline(__always)
    private static func key(_ value: Double) -> UInt64 { value.isNaN ? Double.nan.bitPattern : (value + 0).bitPattern }

    /// Takes the rows of the first argument that have a value.
    mutating func add(_ arguments: borrowing FoldArguments, _ rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull, let vector = arguments.firstVector else { return }
        if type == nil, !rows.isEmpty { type = vector.type }
        if case .dictionary(let codes, let dictionary) = vector.form, dictionary.values.count <= rows.count {
            // Few texts, many rows: each text is hashed once.
            var counts = [Int64](repeating: 0, count: dictionary.values.count)
            for row in rows where argument.isValid(row) { counts[Int(codes.base[row])] &+= 1 }
            for code in counts.indices where counts[code] > 0 { add(dictionary.values[code], counts[code]) }
            return
        }
        switch argument.values {
        case .int64, .sequence, .float64, .decimal:
            if !addNarrow(argument, rows, vector.type) { addNumbers(argument, rows, vector.type) }
            return
        case .other, .nulls: break
        }
        for row in rows where argument.isValid(row) {
            switch vector.scalar(at: row) {
            case .text(let text): add(text, 1)
            case .boolean(let value):
                numbers.add(value ? 1 : 0)
                total &+= 1
            default: break
            }
        }
    }

    /// Takes numbers, some at a time.
    private mutating func addNumbers(_ argument: FoldArguments.Argument, _ rows: Range<Int>, _ type: ColumnType) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.keysMax) { keys in
            guard let base = keys.baseAddress else { return }
            if type == .float64 {
                DoubleChunks.forEach((argument, nil, nil, nil), rows) { chunk in
                    for index in 0..<chunk.count { base[index] = Self.key(chunk.a[index]) }
                    numbers.add(base, chunk.count)
                    total &+= Int64(chunk.count)
                }
                return
            }
            for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.keysMax) {
                var count = 0
                for row in start..<min(start + Self.keysMax, rows.upperBound) where argument.isValid(row) {
                    guard let key = Self.key(argument, row, type) else { continue }
                    base[count] = key
                    count &+= 1
                }
                numbers.add(base, count)
                total &+= Int64(count)
            }
        }
    }

    /// Takes integers or decimals that lie so close together that an array can count them; false, and no change, if they do
    /// not. Each different one is hashed once.
    private mutating func addNarrow(
        _ argument: FoldArguments.Argument,
        _ rows: Range<Int>,
        _ type: ColumnType
    ) -> Bool {
        guard rows.count >= Self.narrowRowsMin, let (base, scale) = argument.plainMantissas else { return false }
        let bounds = RunKernels.bounds(base, rows)
        let least = bounds.lowerBound
        let (distance, overflow) = bounds.upperBound.subtractingReportingOverflow(least)
        guard !overflow, distance < Int64(rows.count) else { return false }
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Int(distance) + 1) { counts in
            counts.initialize(repeating: 0)
            guard let places = counts.baseAddress else { return }
            for row in rows { places[Int(base[row] &- least)] &+= 1 }
            for index in counts.indices where counts[index] != 0 {
                let mantissa = least &+ Int64(index)
                var key = UInt64(bitPattern: mantissa)
                if type == .float64 { key = Self.key(ScaledInteger.double(mantissa, scale: scale)) }
                numbers.add(key, Int64(counts[index]))
            }
        }
        total &+= Int64(rows.count)
        return true
    }

    /// Keys that are made before they are counted.
    private static let keysMax = 256
    /// Fewer rows are not worth an array.
    private static let narrowRowsMin = 512

    private mutating func add(_ text: String, _ count: Int64) {
        let old = texts[TextBytes(text), default: 0]
        if old == 0 { textBytes += text.utf8.count }
        texts[TextBytes(text)] = old &+ count
        total &+= count
    }

    /// Takes over the other's values.
    mutating func merge(_ other: FrequencyTable) {
        type = type ?? other.type
        // In order of keys: in that of their hashes they would crowd in the smaller table.
        for (key, count) in other.numbers.sorted {
            numbers.add(key, count)
            total &+= count
        }
        for (text, count) in other.texts { add(text.text, count) }
    }

    /// The most frequent value, the smallest of several; NaN is the largest number.
    var mode: Scalar {
        var best: (value: Scalar, count: Int64) = (.null, 0)
        numbers.forEach { key, count in
            if count < best.count { return }
            let value = scalar(key)
            if count > best.count || Self.isLess(value, best.value) { best = (value, count) }
        }
        for (text, count) in texts {
            let value = Scalar.text(text.text)
            if count > best.count || (count == best.count && Self.isLess(value, best.value)) { best = (value, count) }
        }
        return best.value
    }

    private func scalar(_ key: UInt64) -> Scalar {
        switch type {
        case .int64: .int64(Int64(bitPattern: key))
        case .timestamp: .timestamp(Int64(bitPattern: key))
        case .boolean: .boolean(key != 0)
        case .float64, .symbol, .string, nil: .float64(Double(bitPattern: key))
        }
    }

    private static func isLess(_ left: Scalar, _ right: Scalar) -> Bool {
        switch (left, right) {
        case (.int64(let a), .int64(let b)), (.timestamp(let a), .timestamp(let b)): a < b
        case (.boolean(let a), .boolean(let b)): !a && b
        case (.float64(let a), .float64(let b)): a < b || (b.isNaN && !a.isNaN)
        case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        default: false
        }
    }

    /// -Σ p log₂ p over the shares p of the different values. Counts are added in order, so that the sum depends on them alone.
    func entropy(_ logarithm: (Double) -> Double) -> Double {
        // Most values come a few times: how many come as often is enough to know.
        var tallies = [Int64](repeating: 0, count: 256)
        var larger: [Int64] = []
        func note(_ count: Int64) {
            if count < Int64(tallies.count) { tallies[Int(count)] &+= 1 } else { larger.append(count) }
        }
        for count in texts.values { note(count) }
        numbers.forEach { note($1) }
        let often = tallies.enumerated().filter { $0.element > 0 }.map { (count: Int64($0.offset), tally: $0.element) }
        var sum = PreciseSum()
        for (count, tally) in often + larger.sorted().map({ (count: $0, tally: 1) }) {
            let share = Double(count) / Double(total)
            sum.add(Double(tally) * share * logarithm(share))
        }
        return 0 - sum.value.double
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(type?.rawValue ?? 0)
        writer.write(UInt64(numbers.count))
        for (key, count) in numbers.sorted {
            writer.write(key)
            writer.write(count)
        }
        writer.write(UInt64(texts.count))
        for text in texts.keys.map({ OrderedText($0.text) }).sorted() {
            writer.write(text.text)
            writer.write(texts[TextBytes(text.text)] ?? 0)
        }
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let tag = try reader.readUInt8()
        guard tag == 0 || ColumnType(rawValue: tag) != nil else { throw .malformed }
        type = ColumnType(rawValue: tag)
        for _ in 0..<(try reader.read(UInt64.self)) {
            let key = try reader.read(UInt64.self)
            numbers.add(key, try Self.count(&reader, &total))
        }
        for _ in 0..<(try reader.read(UInt64.self)) {
            let text = try reader.readString()
            var unused: Int64 = 0
            add(text, try Self.count(&reader, &unused))
        }
    }

    private static func count(_ reader: inout FoldStateReader, _ total: inout Int64) throws(FoldStateError) -> Int64 {
        let count = try reader.readInt64()
        guard count > 0 else { throw .malformed }
        total &+= count
        return count
    }
}

extension FrequencyTable: Hashable {
    /// Whether both hold the same values as often.
    static func == (left: FrequencyTable, right: FrequencyTable) -> Bool {
        left.type == right.type && left.texts == right.texts && left.total == right.total
            && left.numbers.sorted.elementsEqual(right.numbers.sorted) { $0 == $1 }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(total)
        hasher.combine(texts)
    }
}
