import CZlib

/// Unpacks gzip bytes as they come, several members after each other too, with one window of memory.
///
/// Owned and used by one thread. `isAtMemberEnd` tells whether the bytes so far were whole.
final class GzipInflater {
    private var stream = z_stream()
    /// Whether the last member's checksum was read; true before the first byte.
    private(set) var isAtMemberEnd = true

    /// The largest window, and recognition of gzip and zlib heads (zlib.h: add 32 to windowBits).
    private static let windowBits: Int32 = 15 + 32

    init() throws(IngestError) {
        let status = inflateInit2_(&stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw IngestError(.corruptFile, .badCompression, detail: "zlib status \(status)") }
    }

    deinit { inflateEnd(&stream) }

    /// Unpacks from `input` into `output`. Returns how many bytes it took and how many it wrote.
    func inflate(
        _ input: UnsafeBufferPointer<UInt8>,
        into output: UnsafeMutableBufferPointer<UInt8>
    ) throws(IngestError) -> (taken: Int, written: Int) {
        guard input.count > 0, output.count > 0 else { return (0, 0) }
        if isAtMemberEnd {
            inflateReset(&stream)
            isAtMemberEnd = false
        }
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(clamping: input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(clamping: output.count)
        let (before, room) = (stream.avail_in, stream.avail_out)
        let status = CZlib.inflate(&stream, Z_NO_FLUSH)
        let taken = Int(before - stream.avail_in)
        let written = Int(room - stream.avail_out)
        stream.next_in = nil
        stream.next_out = nil
        switch status {
        case Z_STREAM_END: isAtMemberEnd = true
        case Z_OK, Z_BUF_ERROR: break
        default: throw IngestError(.corruptFile, .badCompression, offset: taken)
        }
        return (taken, written)
    }
}
