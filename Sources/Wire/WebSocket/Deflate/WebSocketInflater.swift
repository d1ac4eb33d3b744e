internal import CZlib
internal import NIOCore

/// Inflates the messages of one peer, piece by piece and never beyond a bound (RFC 7692 §7.2.2).
///
/// Owned by one connection. Its window, at most 32 KiB, is made by zlib when a message first needs it.
final class WebSocketInflater {
    /// What came of a piece.
    enum Outcome {
        /// All of it is inflated.
        case done
        /// The message is larger than its bound.
        case tooBig
        /// The bytes are not what deflate makes.
        case corrupt
    }

    /// The end of every message, which the sender leaves out.
    private static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]
    /// How much room one call of zlib gets.
    private static let stepBytes = 1_024...65_536
    /// Set in `data_type` when zlib stands between two blocks (zlib.h).
    private static let isBetweenBlocks: Int32 = 128

    private let stream: UnsafeMutablePointer<z_stream>

    /// Nil if there is no memory.
    init?(windowBits: Int) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, -Int32(windowBits), ZLIB_VERSION, size) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Inflates a piece and appends what it gives, until `output` has more than `bytesMax` readable bytes.
    func inflate(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, bytesMax: Int) -> Outcome {
        guard let count = UInt32(exactly: input.count) else { return .tooBig }
        guard count > 0 else { return .done }
        stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?.assumingMemoryBound(
            to: UInt8.self
        )
        stream.pointee.avail_in = count
        defer {
            stream.pointee.next_in = nil
            stream.pointee.avail_in = 0
            stream.pointee.next_out = nil
        }
        while true {
            let step = min(max(4 * Int(stream.pointee.avail_in), Self.stepBytes.lowerBound), Self.stepBytes.upperBound)
            let status = self.step(min(step, bytesMax - output.readableBytes + 1), into: &output)
            if output.readableBytes > bytesMax { return .tooBig }
            switch status {
            case Z_STREAM_END:
                // A block that says it is the last one; the next goes on with the same window (§7.2.3.5).
                guard inflateResetKeep(stream) == Z_OK else { return .corrupt }
                if stream.pointee.avail_in == 0 { return .done }
            case Z_OK, Z_BUF_ERROR:
                if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return .done }
                if status == Z_BUF_ERROR, stream.pointee.avail_out > 0 { return .corrupt }
            default: return .corrupt
            }
        }
    }

    /// Ends a message.
    func finish(into output: inout ByteBuffer, bytesMax: Int, keepsContext: Bool) -> Outcome {
        let outcome = Self.tail.withUnsafeBytes { inflate($0, into: &output, bytesMax: bytesMax) }
        guard case .done = outcome else { return outcome }
        guard stream.pointee.data_type & Self.isBetweenBlocks != 0 else { return .corrupt }
        if !keepsContext { inflateReset(stream) }
        return .done
    }

    /// One call of zlib with room for `count` bytes, at least one.
    private func step(_ count: Int, into output: inout ByteBuffer) -> Int32 {
        var status = Z_OK
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { room in
            let room = UnsafeMutableRawBufferPointer(rebasing: room[..<count])
            stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(count)
            status = CZlib.inflate(stream, Z_SYNC_FLUSH)
            return count - Int(stream.pointee.avail_out)
        }
        return status
    }
}
