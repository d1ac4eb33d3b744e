import CKernels
import Columnar

/// How doubles lie in a chunk that are not plain (docs/segment-format.md, "Doubles").
enum DoubleCoding {
    /// LZ4 decodes at a tenth of the speed of memory: it must save one part in this many.
    private static let compressionSaving = 10

    // MARK: Bytes of equal weight together, LZ4

    /// Writes the doubles compressed, from an aligned position to an aligned one; nothing if that saves too little.
    static func putShuffled(_ bits: UnsafeBufferPointer<Int64>, to writer: inout ByteWriter) -> Bool {
        let byteCount = bits.count * 8
        let shuffled = OwnedMemory<UInt8>(capacity: byteCount)
        bits.withMemoryRebound(to: UInt64.self) { tickgate_shuffle($0.baseAddress, $0.count, shuffled.base) }
        let bytes = UnsafeRawBufferPointer(start: shuffled.base, count: byteCount)
        let limit = byteCount - byteCount / compressionSaving - MemoryLayout<UInt64>.size
        guard let compressed = LZ4Block.compress(bytes, limit: limit) else { return false }
        writer.put(UInt64(compressed.count))
        writer.put(compressed)
        writer.pad()
        return true
    }

    /// Reads what ``putShuffled(_:to:)`` wrote.
    static func shuffled(count: Int, from reader: inout ByteReader) throws(MalformedBytes) -> Buffer<Double> {
        let start = reader.position
        let length = Int(clamping: try reader.get(UInt64.self))
        let compressed = try reader.raw(length)
        guard let bytes = LZ4Block.decompress(compressed, byteCount: count * 8) else {
            throw MalformedBytes(offset: start, expected: "\(count) doubles, compressed")
        }
        try reader.align()
        let memory = OwnedMemory<Double>(capacity: count)
        UnsafeMutableRawPointer(memory.base).withMemoryRebound(to: UInt64.self, capacity: count) { target in
            bytes.withUnsafeBufferPointer { tickgate_unshuffle($0.baseAddress, count, target) }
        }
        return Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
    }

    // MARK: Decimals with exceptions

    /// Writes mantissas, then the number of exceptions, their rows and the bits of their values.
    static func put(_ decimals: DecimalDoubles, of bits: UnsafeBufferPointer<Int64>, to writer: inout ByteWriter) {
        putIntegers(decimals.mantissas, to: &writer)
        writer.put(UInt64(decimals.exceptions.count))
        for row in decimals.exceptions { writer.put(bits[Int(row)]) }
        for row in decimals.exceptions { writer.put(row) }
        writer.pad()
    }

    /// Reads what ``put(_:of:to:)`` wrote.
    static func decimals(
        scale: Int,
        _ precision: DecimalDoubles.Precision,
        count: Int,
        from reader: inout ByteReader
    ) throws(MalformedBytes) -> Buffer<Double> {
        let mantissas = try IntegerStream(from: &reader).values(count: count, from: &reader)
        let memory = OwnedMemory<Double>(capacity: count)
        try mantissas.withUnsafeBufferPointer { mantissas throws(MalformedBytes) in
            try divide(mantissas, scale: scale, precision, rows: 0..<count, of: count, from: &reader, to: memory.base)
        }
        try reader.align()
        return Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
    }

    /// The values of some of `count` rows from their mantissas. Reads the exceptions from where the mantissas end.
    static func divide(
        _ mantissas: UnsafeBufferPointer<Int64>,
        scale: Int,
        _ precision: DecimalDoubles.Precision,
        rows: Range<Int>,
        of count: Int,
        from reader: inout ByteReader,
        to target: UnsafeMutablePointer<Double>
    ) throws(MalformedBytes) {
        let start = reader.position
        let number = Int(clamping: try reader.get(UInt64.self))
        guard number <= count, scale < ScaledInteger.powersOfTen.count, mantissas.count == rows.count else {
            throw MalformedBytes(offset: start, expected: "exceptions of some rows")
        }
        let values = try reader.buffer(Int64.self, count: number)
        let exceptions = try reader.buffer(UInt16.self, count: number)
        let decode = precision == .double ? tickgate_decimals_decode : tickgate_float_decimals_decode
        decode(mantissas.baseAddress, rows.count, ScaledInteger.powersOfTen[scale], target)
        for index in 0..<number {
            let row = Int(exceptions[index])
            guard row < count else { throw MalformedBytes(offset: start, expected: "exceptions inside the rows") }
            guard rows.contains(row) else { continue }
            target[row - rows.lowerBound] = Double(bitPattern: UInt64(bitPattern: values[index]))
        }
    }

    // MARK: Floats

    /// The bits of the floats that all values are; nil if one is none.
    static func floatBits(_ values: UnsafeBufferPointer<Double>) -> Buffer<Int64>? {
        let memory = OwnedMemory<Int64>(capacity: values.count)
        guard tickgate_floats_encode(values.baseAddress, values.count, memory.base) != 0 else { return nil }
        return Buffer(base: UnsafePointer(memory.base), count: values.count, owner: memory)
    }

    /// Reads floats that were written as their bits.
    static func floats(count: Int, from reader: inout ByteReader) throws(MalformedBytes) -> Buffer<Double> {
        let bits = try IntegerStream(from: &reader).values(count: count, from: &reader)
        let memory = OwnedMemory<Double>(capacity: count)
        bits.withUnsafeBufferPointer { tickgate_floats_decode($0.baseAddress, count, memory.base) }
        return Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
    }

    /// Writes mantissas or bits in their smallest form.
    static func putIntegers(_ values: Buffer<Int64>, to writer: inout ByteWriter) {
        values.withUnsafeBufferPointer { values in
            let summary = tickgate_summarize(values.baseAddress, values.count)
            IntegerStreamEncoder.put(values, summary, compression: .smallest, to: &writer)
        }
    }
}
