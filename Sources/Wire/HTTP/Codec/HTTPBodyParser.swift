internal import NIOCore

/// Takes a message's body off a stream of bytes, and its trailers.
struct HTTPBodyParser {
    /// A piece of a body.
    enum Piece {
        /// Bytes, at least one.
        case bytes(ByteBuffer)
        /// The end.
        case end(trailers: HTTPFields)
    }

    /// Bytes of the line with a chunk's size: sixteen digits, and extensions that nobody uses.
    static let sizeLineBytesMax = 256
    /// Bytes of extensions over a whole body: one byte of data a chunk, with all that a line holds beside it, would be a cheap
    /// way to keep a server busy.
    static let extensionBytesMax = 16 * 1024
    /// Digits of a chunk's size; so much fits an Int.
    static let sizeDigitsMax = 15
    /// Bytes and fields of the trailers.
    static let trailerBytesMax = 8 * 1024
    static let trailerFieldsMax = 32

    /// Fields that say where a message ends or goes, too late (RFC 9110 §6.5.1).
    private static let notTrailers = [
        "Content-Length", "Transfer-Encoding", "Host", "Trailer", "Connection", "Content-Encoding", "Content-Range",
        "Authorization", "Expect",
    ]

    private enum State {
        case length(Int)
        case untilClose
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case trailers(HTTPHeadParser)
        case end
    }

    private var state: State
    private var extensionBytes = 0

    init(_ framing: HTTPFraming) {
        state =
            switch framing {
            case .empty: .end
            case .length(let count): .length(count)
            case .chunked: .chunkSize
            case .untilClose: .untilClose
            }
    }

    /// Whether the connection's end is the body's.
    var endsWithConnection: Bool {
        if case .untilClose = state { return true }
        return false
    }

    /// Takes the next piece from the front of `input`; nil if more bytes are needed.
    mutating func next(_ input: inout ByteBuffer) throws(HTTPViolation) -> Piece? {
        while true {
            switch state {
            case .end: return .end(trailers: HTTPFields())
            case .length(let left):
                guard let bytes = Self.take(left, from: &input) else { return nil }
                state = bytes.readableBytes == left ? .end : .length(left - bytes.readableBytes)
                return .bytes(bytes)
            case .untilClose: return Self.take(.max, from: &input).map { Piece.bytes($0) }
            case .chunkSize:
                guard let size = try takeSize(&input) else { return nil }
                state = size == 0 ? .trailers(Self.makeTrailerParser()) : .chunk(size)
            case .chunk(let left):
                guard let bytes = Self.take(left, from: &input) else { return nil }
                state = bytes.readableBytes == left ? .chunkEnd : .chunk(left - bytes.readableBytes)
                return .bytes(bytes)
            case .chunkEnd:
                guard let first = input.getInteger(at: input.readerIndex, as: UInt8.self) else { return nil }
                guard first == 0x0D else { throw .chunkEnd }
                guard let second = input.getInteger(at: input.readerIndex + 1, as: UInt8.self) else { return nil }
                guard second == 0x0A else { throw .chunkEnd }
                input.moveReaderIndex(forwardBy: 2)
                state = .chunkSize
            case .trailers(var parser):
                let step = input.withUnsafeReadableBytes { parser.next($0) }
                state = .trailers(parser)
                guard case .complete(let count) = try step.get() else { return nil }
                let bytes = input.readBytes(length: count) ?? []
                state = .end
                let trailers = HTTPFields(bytes: bytes, entries: parser.entries)
                for name in Self.notTrailers where trailers[name] != nil { throw .trailerField }
                return .end(trailers: trailers)
            }
        }
    }

    private static func take(_ count: Int, from input: inout ByteBuffer) -> ByteBuffer? {
        let count = min(count, input.readableBytes)
        return count > 0 ? input.readSlice(length: count) : nil
    }

    private static func makeTrailerParser() -> HTTPHeadParser {
        HTTPHeadParser(bytesMax: trailerBytesMax, fieldsMax: trailerFieldsMax, hasStartLine: false)
    }

    /// The size of the next chunk, when its line is whole.
    private mutating func takeSize(_ input: inout ByteBuffer) throws(HTTPViolation) -> Int? {
        let line = input.withUnsafeReadableBytes { Self.readSize($0) }
        guard let (size, lineBytes, extensionBytes) = try line.get() else { return nil }
        self.extensionBytes += extensionBytes
        guard self.extensionBytes <= Self.extensionBytesMax else { throw .chunkExtension }
        input.moveReaderIndex(forwardBy: lineBytes)
        return size
    }

    /// Reads `SIZE CRLF` or `SIZE;EXTENSIONS CRLF`, as far as the bytes go.
    private static func readSize(
        _ bytes: UnsafeRawBufferPointer
    ) -> Result<(size: Int, lineBytes: Int, extensionBytes: Int)?, HTTPViolation> {
        var (index, size) = (0, 0)
        while index < bytes.count, let digit = HTTPCharacters.hexDigit(bytes[index]) {
            size = size << 4 | digit
            index += 1
            guard index <= sizeDigitsMax else { return .failure(.chunkSize) }
        }
        guard index < bytes.count else { return .success(nil) }
        guard index > 0, bytes[index] == UInt8(ascii: ";") || bytes[index] == 0x0D else { return .failure(.chunkSize) }
        let digits = index
        var extensions = HTTPChunkExtensions()
        while index < bytes.count, bytes[index] != 0x0D {
            guard index < sizeLineBytesMax, extensions.take(bytes[index]) else { return .failure(.chunkExtension) }
            index += 1
        }
        guard index < bytes.count else { return .success(nil) }
        guard extensions.mayEnd else { return .failure(.chunkExtension) }
        guard index + 1 < bytes.count else { return .success(nil) }
        guard bytes[index + 1] == 0x0A else { return .failure(.chunkExtension) }
        return .success((size, index + 2, index - digits))
    }
}
