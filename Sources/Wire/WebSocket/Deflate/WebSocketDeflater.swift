internal import CZlib
internal import NIOCore

/// Deflates messages (RFC 7692 §7.2.1). Used by one thread.
final class WebSocketDeflater {
    /// zlib's default: 2^(8 + 9) bytes of tables beside four windows.
    private static let memoryLevel: Int32 = 8
    /// zlib refuses a raw window of 8 bits. In its window of 9 no distance is longer than 512 - 262 = 250 bytes, so what it
    /// makes there fits the smaller window, too.
    private static let windowBitsMin = 9
    /// The end of a flush, which the receiver adds itself.
    private static let tailBytes = 4
    /// Room beyond zlib's bound for the flush.
    private static let flushBytes = 16

    private let stream: UnsafeMutablePointer<z_stream>

    /// Nil if there is no memory.
    init?(windowBits: Int, level: Int) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream,
            Int32(level),
            Z_DEFLATED,
            -Int32(max(windowBits, Self.windowBitsMin)),
            Self.memoryLevel,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        guard status == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Appends a message, deflated; false if it is longer than zlib takes at once.
    func deflate(_ message: UnsafeRawBufferPointer, into output: inout ByteBuffer, keepsContext: Bool) -> Bool {
        guard let count = UInt32(exactly: message.count), count < UInt32.max / 2 else { return false }
        guard count > 0 else {
            // zlib flushes nothing twice; this is the empty block whose end the receiver adds (§7.2.3.6).
            output.writeInteger(UInt8(0))
            return true
        }
        stream.pointee.next_in =
            UnsafeMutableRawPointer(mutating: message.baseAddress)?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = count
        var room = Int(deflateBound(stream, UInt(count))) + Self.flushBytes
        repeat {
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { bytes in
                stream.pointee.next_out = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = UInt32(room)
                _ = CZlib.deflate(stream, Z_SYNC_FLUSH)
                return room - Int(stream.pointee.avail_out)
            }
            room = 1_024
        } while stream.pointee.avail_out == 0
        stream.pointee.next_in = nil
        stream.pointee.next_out = nil
        output.moveWriterIndex(to: output.writerIndex - min(Self.tailBytes, output.readableBytes))
        if !keepsContext { deflateReset(stream) }
        return true
    }
}
