import CKernels
import Columnar

/// Writes the values of one column of one row group and fills in its metadata.
///
/// Null rows repeat the value before them, so that they neither widen a range nor break a run.
struct ColumnEncoder: ~Copyable {
    /// The group's rows.
    let rowCount: Int
    /// The column's dictionary in the segment, if it has one.
    let symbols: SymbolDictionary?
    /// How values are written.
    let compression: StoreOptions.Compression

    /// An encoder of one column of one row group.
    init(rowCount: Int, symbols: SymbolDictionary?, compression: StoreOptions.Compression) {
        self.rowCount = rowCount
        self.symbols = symbols
        self.compression = compression
    }

    /// Appends the chunk's bytes, from an aligned position to an aligned one; offset and checksum are the caller's.
    func encode(_ vector: Vector, to writer: inout ByteWriter) -> ChunkEntry {
        var entry = ChunkEntry()
        let nulls = vector.validity?.nullCount ?? 0
        entry.nullCount = UInt32(rowCount)
        if case .constant(.null, _) = vector.form { return entry }
        if nulls == rowCount { return entry }
        entry.nullCount = UInt32(nulls)
        let validity = nulls > 0 ? vector.validity : nil
        if let validity {
            entry.facts.insert(.validity)
            put(validity, to: &writer)
        }
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
        case .dictionary(let codes, let dictionary): self.codes(codes, dictionary, validity, &entry, &writer)
        case .constant(.text(let text), _) where vector.type == .symbol:
            let code = symbols?.intern(text) ?? 0
            codes(Plain.repeating(code, count: rowCount), validity, &entry, &writer)
        case .text, .constant:
            entry.kind = .text
            entry.encoding = .text
            TextCoding.put(vector, rowCount: rowCount, validity: validity, compression: compression, to: &writer)
        }
        return entry
    }

    private func put(_ validity: Validity, to writer: inout ByteWriter) {
        for base in stride(from: 0, to: rowCount, by: 64) {
            var word: UInt64 = 0
            for row in base..<min(base + 64, rowCount) where validity[row] { word |= 1 << UInt64(row - base) }
            writer.put(word)
        }
    }

    /// The values with each null row's replaced by the one before, or by the first that is there.
    private func filled<Element>(_ values: Buffer<Element>, _ validity: Validity?) -> Buffer<Element> {
        guard let validity, let first = (0..<rowCount).first(where: { validity[$0] }) else { return values }
        var present = values[first]
        var builder = BufferBuilder<Element>(capacity: rowCount)
        for row in 0..<rowCount {
            if validity[row] { present = values[row] }
            builder.append(present)
        }
        return builder.take()
    }

    // MARK: By type

    private func integers(
        _ values: Buffer<Int64>,
        _ validity: Validity?,
        _ entry: inout ChunkEntry,
        _ writer: inout ByteWriter
    ) {
        filled(values, validity).withUnsafeBufferPointer { values in
            let summary = tickgate_summarize(values.baseAddress, values.count)
            entry.note(values, summary, validity: validity)
            IntegerStreamEncoder.put(values, summary, compression: compression, to: &writer)
        }
    }

    private func boolean(
        _ values: Buffer<UInt8>,
        _ validity: Validity?,
        _ entry: inout ChunkEntry,
        _ writer: inout ByteWriter
    ) {
        entry.kind = .boolean
        var builder = BufferBuilder<UInt32>(capacity: rowCount)
        let filled = filled(values, validity)
        for row in 0..<rowCount { builder.append(filled[row] == 0 ? 0 : 1) }
        builder.take().withUnsafeBufferPointer { values in
            entry.facts.insert(.bounds)
            entry.minimum = UInt64(values.min() ?? 0)
            entry.maximum = UInt64(values.max() ?? 0)
            entry.noteEnds(UInt64(values[0]), UInt64(values[rowCount - 1]), rowCount, validity)
            IntegerStreamEncoder.putSmall(values, plainWidth: 1, compression: compression, to: &writer)
        }
    }

    private func codes(
        _ codes: Buffer<UInt32>,
        _ dictionary: StringDictionary,
        _ validity: Validity?,
        _ entry: inout ChunkEntry,
        _ writer: inout ByteWriter
    ) {
        let own = OwnedMemory<UInt32>(capacity: rowCount)
        // Before the translation, so that the texts of null rows stay out of the dictionary.
        filled(codes, validity).withUnsafeBufferPointer { symbols?.translate($0, of: dictionary, to: own.base) }
        self.codes(Buffer(base: UnsafePointer(own.base), count: rowCount, owner: own), validity, &entry, &writer)
    }

    /// Codes of the segment's dictionary.
    private func codes(
        _ codes: Buffer<UInt32>,
        _ validity: Validity?,
        _ entry: inout ChunkEntry,
        _ writer: inout ByteWriter
    ) {
        entry.kind = .code
        codes.withUnsafeBufferPointer { codes in
            entry.noteEnds(UInt64(codes[0]), UInt64(codes[rowCount - 1]), rowCount, validity)
            entry.noteBounds(of: codes, validity: validity, texts: symbols?.stable.values ?? [])
            IntegerStreamEncoder.putSmall(codes, plainWidth: 4, compression: compression, to: &writer)
        }
    }

    private func doubles(
        _ values: Buffer<Double>,
        _ validity: Validity?,
        _ entry: inout ChunkEntry,
        _ writer: inout ByteWriter
    ) {
        entry.kind = .float64
        filled(values, validity).withUnsafeBufferPointer { values in
            let bits = values.withMemoryRebound(to: Int64.self) { $0 }
            let isConstant = bits.allSatisfy { $0 == bits[0] }
            guard compression == .smallest, !isConstant else {
                entry.note(values, validity: validity)
                if compression == .smallest {
                    return IntegerStreamEncoder.putHeader(.constant, base: bits[0], to: &writer)
                }
                return IntegerStreamEncoder.putPlain(bits, to: &writer)
            }
            let decimals = DecimalDoubles.find(values)
            if decimals?.areShorterThanFloats != true, let floats = DoubleCoding.floatBits(values) {
                return put(values, floats, validity, &entry, &writer)
            }
            guard let decimals else {
                entry.note(values, validity: validity)
                if DoubleCoding.putShuffled(bits, to: &writer) {
                    entry.encoding = .shuffled
                } else {
                    IntegerStreamEncoder.putPlain(bits, to: &writer)
                }
                return
            }
            if decimals.exceptions.isEmpty {
                entry.kind = .scaledInteger
                entry.scale = UInt8(decimals.scale)
                integers(decimals.mantissas, validity, &entry, &writer)
            } else {
                entry.note(values, validity: validity)
                entry.encoding = .decimals
                entry.scale = UInt8(decimals.scale)
                DoubleCoding.put(decimals, of: bits, to: &writer)
            }
        }
    }

    /// Doubles that came as floats: as short decimals that round to them, if they are, else as bits of floats.
    private func put(
        _ values: UnsafeBufferPointer<Double>,
        _ floats: Buffer<Int64>,
        _ validity: Validity?,
        _ entry: inout ChunkEntry,
        _ writer: inout ByteWriter
    ) {
        entry.note(values, validity: validity)
        guard let decimals = DecimalDoubles.find(values, .float) else {
            entry.encoding = .floats
            return DoubleCoding.putIntegers(floats, to: &writer)
        }
        entry.encoding = .floatDecimals
        entry.scale = UInt8(decimals.scale)
        DoubleCoding.put(decimals, of: values.withMemoryRebound(to: Int64.self) { $0 }, to: &writer)
    }
}
