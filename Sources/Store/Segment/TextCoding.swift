import CKernels
import Columnar

/// How text lies in a chunk (docs/segment-format.md, "Text"): lengths as integers, then the bytes, compressed if it pays.
enum TextCoding {
    /// LZ4 decodes at a tenth of the speed of memory: it must save one part in this many.
    private static let compressionSaving = 10

    /// Writes the texts, from an aligned position to an aligned one; null rows as empty ones.
    static func put(
        _ vector: Vector,
        rowCount: Int,
        validity: Validity?,
        compression: StoreOptions.Compression,
        to writer: inout ByteWriter
    ) {
        let (lengths, bytes) = plain(vector, rowCount: rowCount, validity: validity)
        lengths.withUnsafeBufferPointer { lengths in
            let summary = tickgate_summarize(lengths.baseAddress, lengths.count)
            IntegerStreamEncoder.put(lengths, summary, compression: compression, to: &writer)
        }
        precondition(bytes.count <= Int(UInt32.max), "BUG: a row group with more than 4 GiB of text")
        let limit = bytes.count - bytes.count / compressionSaving
        let compressed =
            compression == .smallest
            ? bytes.withUnsafeBufferPointer { LZ4Block.compress(UnsafeRawBufferPointer($0), limit: limit) } : nil
        writer.put(UInt32(bytes.count))
        writer.put(UInt32(compressed?.count ?? 0))
        writer.put(compressed ?? bytes)
        writer.pad()
    }

    /// Reads what ``put(_:rowCount:validity:compression:to:)`` wrote. Offsets are always a copy, bytes only if
    /// compressed.
    static func form(count: Int, from reader: inout ByteReader) throws(MalformedBytes) -> Vector.Form {
        let start = reader.position
        let lengths = try IntegerStream(from: &reader).values(count: count, from: &reader)
        let byteCount = Int(try reader.get(UInt32.self))
        let compressedCount = Int(try reader.get(UInt32.self))
        guard let offsets = offsets(lengths, byteCount: byteCount) else {
            throw MalformedBytes(offset: start, expected: "lengths of text that add up to \(byteCount)")
        }
        guard compressedCount > 0 else {
            return .text(offsets: offsets, bytes: try reader.buffer(UInt8.self, count: byteCount))
        }
        guard let bytes = LZ4Block.decompress(try reader.raw(compressedCount), byteCount: byteCount) else {
            throw MalformedBytes(offset: start, expected: "\(byteCount) bytes of text, compressed")
        }
        return .text(offsets: offsets, bytes: bytes)
    }

    /// Nil if a length is negative or they do not add up.
    private static func offsets(_ lengths: Buffer<Int64>, byteCount: Int) -> Buffer<UInt32>? {
        let memory = OwnedMemory<UInt32>(capacity: lengths.count + 1)
        var total: UInt64 = 0
        let bound = UInt64(byteCount)
        for row in 0..<lengths.count {
            memory.base[row] = UInt32(truncatingIfNeeded: total)
            // A negative length is a huge one here.
            let length = UInt64(bitPattern: lengths[row])
            guard length <= bound &- total else { return nil }
            total &+= length
        }
        guard total == bound else { return nil }
        memory.base[lengths.count] = UInt32(truncatingIfNeeded: total)
        return Buffer(base: UnsafePointer(memory.base), count: lengths.count + 1, owner: memory)
    }

    private static func plain(_ vector: Vector, rowCount: Int, validity: Validity?) -> (Buffer<Int64>, Buffer<UInt8>) {
        var lengths = BufferBuilder<Int64>(capacity: rowCount)
        var bytes = BufferBuilder<UInt8>(capacity: rowCount * 8)
        switch vector.form {
        case .text(let offsets, let source):
            for row in 0..<rowCount {
                let range = Int(offsets[row])..<Int(offsets[row + 1])
                let isPresent = validity?[row] ?? true
                lengths.append(isPresent ? Int64(range.count) : 0)
                if isPresent, validity != nil {
                    source.slice(range).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
                }
            }
            guard validity == nil else { break }
            return (lengths.take(), source.slice(Int(offsets[0])..<Int(offsets[rowCount])))
        case .constant(.text(var text), _):
            text.withUTF8 { utf8 in
                for row in 0..<rowCount {
                    let isPresent = validity?[row] ?? true
                    lengths.append(isPresent ? Int64(utf8.count) : 0)
                    if isPresent { bytes.append(contentsOf: utf8) }
                }
            }
        default: lengths.append(repeating: 0, count: rowCount)
        }
        return (lengths.take(), bytes.take())
    }
}
