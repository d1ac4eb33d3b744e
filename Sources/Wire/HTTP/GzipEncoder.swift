internal import CZlib
public import NIOCore

/// Makes the body of an answer shorter on its way: the coding `gzip` (RFC 9110 §8.4.1.3), piece by piece. Used by one thread at
/// a time.
///
/// After each piece all of it can be read: a reader that follows a long answer sees what has come.
public final class GzipEncoder {
    /// Bytes from which an answer is worth the work: below, it fits into a packet or two as it is.
    public static let bodyBytesMin = 4_096
    /// zlib's fastest: rows of numbers shrink to a quarter, and at the best level to a fifth, in five times the time.
    private static let level: Int32 = 1
    /// A window of 2^15, and a header and an end of gzip.
    private static let windowBits: Int32 = 15 + 16
    private static let memoryLevel: Int32 = 8
    /// Room beyond zlib's bound for the flush, the header and the end.
    private static let flushBytes = 64

    private let stream: UnsafeMutablePointer<z_stream>

    /// Nil if there is no memory.
    public init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream,
            Self.level,
            Z_DEFLATED,
            Self.windowBits,
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

    /// The next piece, coded.
    ///
    /// - Parameters:
    ///   - piece: the bytes.
    ///   - isLast: whether the body ends with them; nothing can be coded after that.
    public func encode(_ piece: [UInt8], isLast: Bool) -> ByteBuffer {
        var output = ByteBuffer()
        piece.withUnsafeBytes { bytes in
            var rest = bytes[...]
            repeat {
                // zlib counts in 32 bits.
                let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
                rest = rest.dropFirst(part.count)
                deflate(part, rest.isEmpty ? (isLast ? Z_FINISH : Z_SYNC_FLUSH) : Z_NO_FLUSH, into: &output)
            } while !rest.isEmpty
        }
        return output
    }

    private func deflate(_ bytes: UnsafeRawBufferPointer, _ flush: Int32, into output: inout ByteBuffer) {
        stream.pointee.next_in =
            UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(bytes.count)
        // Most answers shrink much: what they need not is not set aside at once.
        var room = min(Int(deflateBound(stream, UInt(bytes.count))), bytes.count / 2) + Self.flushBytes
        repeat {
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
                stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = UInt32(room)
                _ = CZlib.deflate(stream, flush)
                return room - Int(stream.pointee.avail_out)
            }
            room = max(room / 2, 1_024)
        } while stream.pointee.avail_out == 0
        stream.pointee.next_in = nil
        stream.pointee.next_out = nil
    }
}

extension HTTPRequest {
    /// Whether the peer says that it takes a body in the coding `gzip` (RFC 9110 §12.5.3).
    public var acceptsGzip: Bool {
        var any: Bool?
        for field in fields.values(of: "Accept-Encoding") {
            for part in field.split(separator: ",") {
                let words = part.split(separator: ";").map { $0.trimmingSpaces().lowercased() }
                guard let name = words.first else { continue }
                let isRefused = words.dropFirst().contains { word in
                    word.hasPrefix("q=") && (Double(word.dropFirst(2)) ?? 0) <= 0
                }
                if name == "gzip" || name == "x-gzip" { return !isRefused }
                if name == "*" { any = !isRefused }
            }
        }
        return any ?? false
    }
}
