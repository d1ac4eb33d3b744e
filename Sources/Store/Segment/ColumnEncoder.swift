import Columnar

/// Writes the values of one column of one row group and fills in its metadata.
///
/// A constant and a sequence take no bytes; integers and decimals are packed if that narrows them.
struct ColumnEncoder: ~Copyable {
    /// The group's rows.
    let rowCount: Int
    /// The column's dictionary in the segment, if it has one.
    let symbols: SymbolDictionary?

    init(rowCount: Int, symbols: SymbolDictionary?) {
        self.rowCount = rowCount
        self.symbols = symbols
    }

    /// Appends the chunk's bytes, from an aligned position; offset and checksum are the caller's.
    func encode(_ vector: Vector, to writer: inout ByteWriter) -> ChunkEntry {
        var entry = ChunkEntry()
        let nulls = vector.validity?.nullCount ?? 0
        if case .constant(.null, _) = vector.form { return allNull() }
        if nulls == rowCount { return allNull() }
        entry.nullCount = UInt32(nulls)
        if nulls > 0, let validity = vector.validity {
            entry.hasValidity = true
            put(validity, to: &writer)
        }
        let validity = nulls > 0 ? vector.validity : nil
        switch vector.form {
        case .boolean, .constant(.boolean, _): boolean(Plain.boolean(vector), validity, &entry, &writer)
        case .int64, .sequence, .constant(.int64, _), .constant(.timestamp, _):
            entry.kind = .int64
            integers(Plain.int64(vector), validity, &entry, &writer)
        case .scaledInteger(let mantissas, let scale):
            entry.kind = .scaledInteger
            entry.scale = UInt8(scale)
            integers(mantissas, validity, &entry, &writer)
        case .float64, .constant(.float64, _): doubles(Plain.float64(vector), validity, &entry, &writer)
        case .dictionary(let codes, let dictionary): self.codes(codes, dictionary, &entry, &writer)
        case .constant(.text(let text), _) where vector.type == .symbol:
            entry.kind = .code
            entry.base = Int64(symbols?.intern(text) ?? 0)
        case .text, .constant: text(vector, &entry, &writer)
        }
        return entry
    }

    private func allNull() -> ChunkEntry {
        var entry = ChunkEntry()
        entry.nullCount = UInt32(rowCount)
        return entry
    }

    private func put(_ validity: Validity, to writer: inout ByteWriter) {
        for base in stride(from: 0, to: rowCount, by: 64) {
            var word: UInt64 = 0
            for row in base..<min(base + 64, rowCount) where validity[row] { word |= 1 << UInt64(row - base) }
            writer.put(word)
        }
    }

    // MARK: Integers and decimals

    private func integers(
        _ values: Buffer<Int64>,
        _ validity: Validity?,
        _ entry: inout ChunkEntry,
        _ writer: inout ByteWriter
    ) {
        let values = validity.map { filled(values, $0) } ?? values
        values.withUnsafeBufferPointer { values in
            var minimum = Int64.max
            var maximum = Int64.min
            for value in values {
                minimum = min(minimum, value)
                maximum = max(maximum, value)
            }
            entry.hasBounds = true
            entry.minimum = UInt64(bitPattern: minimum)
            entry.maximum = UInt64(bitPattern: maximum)
            entry.base = minimum
            if minimum == maximum { return }
            if let step = Self.step(values) {
                entry.encoding = .sequence
                entry.base = values[0]
                entry.step = step
                return
            }
            let packing = IntegerPacking(values, minimum: minimum, maximum: maximum)
            guard packing.width < 8 else {
                entry.encoding = .plain
                writer.put(UnsafeRawBufferPointer(values))
                return
            }
            entry.encoding = .packed
            entry.base = packing.base
            entry.step = Int64(bitPattern: packing.divisor)
            entry.width = UInt8(packing.width)
            packing.put(values, to: &writer)
        }
    }

    /// The step if the values are a sequence that does not overflow.
    private static func step(_ values: UnsafeBufferPointer<Int64>) -> Int64? {
        guard values.count > 1 else { return nil }
        let (step, overflow) = values[1].subtractingReportingOverflow(values[0])
        guard !overflow, !step.multipliedReportingOverflow(by: Int64(values.count)).overflow else { return nil }
        for row in 1..<values.count where values[row] &- values[row - 1] != step { return nil }
        return step
    }

    /// The values with those of null rows replaced by one that is there, so that they do not widen the range.
    private func filled(_ values: Buffer<Int64>, _ validity: Validity) -> Buffer<Int64> {
        let present = (0..<rowCount).first { validity[$0] }.map { values[$0] } ?? 0
        var builder = BufferBuilder<Int64>(capacity: rowCount)
        for row in 0..<rowCount { builder.append(validity[row] ? values[row] : present) }
        return builder.take()
    }

    // MARK: The other types

    private func boolean(
        _ values: Buffer<UInt8>,
        _ validity: Validity?,
        _ entry: inout ChunkEntry,
        _ writer: inout ByteWriter
    ) {
        entry.kind = .boolean
        entry.hasBounds = true
        var seen: (no: Bool, yes: Bool) = (false, false)
        for row in 0..<rowCount where validity?[row] ?? true {
            if values[row] == 0 { seen.no = true } else { seen.yes = true }
        }
        entry.minimum = seen.no ? 0 : 1
        entry.maximum = seen.yes ? 1 : 0
        entry.base = Int64(entry.minimum)
        guard seen.no, seen.yes else { return }
        entry.encoding = .plain
        writer.put(values)
    }

    private func doubles(
        _ values: Buffer<Double>,
        _ validity: Validity?,
        _ entry: inout ChunkEntry,
        _ writer: inout ByteWriter
    ) {
        entry.kind = .float64
        values.withUnsafeBufferPointer { values in
            var minimum = Double.infinity
            var maximum = -Double.infinity
            var isConstant = true
            let first = values[0].bitPattern
            for row in values.indices {
                let value = values[row]
                isConstant = isConstant && value.bitPattern == first
                if validity?[row] ?? true, value == value {
                    entry.hasBounds = true
                    if value < minimum { minimum = value }
                    if value > maximum { maximum = value }
                }
            }
            entry.minimum = (entry.hasBounds ? minimum : 0).bitPattern
            entry.maximum = (entry.hasBounds ? maximum : 0).bitPattern
            entry.base = Int64(bitPattern: first)
            if isConstant { return }
            entry.encoding = .plain
            writer.put(UnsafeRawBufferPointer(values))
        }
    }

    private func codes(
        _ codes: Buffer<UInt32>,
        _ dictionary: StringDictionary,
        _ entry: inout ChunkEntry,
        _ writer: inout ByteWriter
    ) {
        entry.kind = .code
        let own = OwnedMemory<UInt32>(capacity: rowCount)
        codes.withUnsafeBufferPointer { symbols?.translate($0, of: dictionary, to: own.base) }
        let translated = UnsafeBufferPointer(start: own.base, count: rowCount)
        var largest: UInt32 = 0
        var isConstant = true
        for code in translated {
            largest = max(largest, code)
            isConstant = isConstant && code == translated[0]
        }
        entry.base = Int64(translated[0])
        if isConstant { return }
        entry.base = 0
        entry.step = 1
        entry.encoding = .packed
        switch largest {
        case ...0xFF:
            entry.width = 1
            for code in translated { writer.put(UInt8(truncatingIfNeeded: code)) }
        case ...0xFFFF:
            entry.width = 2
            for code in translated { writer.put(UInt16(truncatingIfNeeded: code)) }
        default:
            entry.width = 4
            writer.put(UnsafeRawBufferPointer(translated))
        }
        withExtendedLifetime(own) {}
    }

    private func text(_ vector: Vector, _ entry: inout ChunkEntry, _ writer: inout ByteWriter) {
        entry.kind = .text
        entry.encoding = .plain
        switch vector.form {
        case .text(let offsets, let bytes):
            let first = offsets[0]
            for row in 0...rowCount { writer.put(offsets[row] &- first) }
            writer.put(bytes.slice(Int(first)..<Int(offsets[rowCount])))
        case .constant(.text(let text), _):
            let length = UInt32(text.utf8.count)
            for row in 0...rowCount { writer.put(UInt32(row) &* length) }
            let bytes = Buffer(Array(text.utf8))
            for _ in 0..<rowCount { writer.put(bytes) }
        default: for _ in 0...rowCount { writer.put(UInt32(0)) }
        }
    }
}
