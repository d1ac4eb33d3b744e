internal import NIOCore

/// Bytes in, one response out: the receiving half of a client (RFC 9112) as a value.
struct HTTPResponseParser {
    /// What the bytes amount to.
    enum Part {
        /// The head of the final response, or of `101 Switching Protocols`, behind which nothing is taken.
        case head(HTTPStatus, HTTPFields)
        /// A piece of its body.
        case body(ByteBuffer)
        /// Its end.
        case end(trailers: HTTPFields)
    }

    /// Bytes and fields of a head; what servers send stays far below.
    static let headBytesMax = 64 * 1024
    static let headerFieldsMax = 200
    /// Interim responses (1xx) before the final one.
    static let interimMax = 16

    private enum State {
        case head
        case body(HTTPBodyParser)
        case complete
    }

    private let isHead: Bool
    private var state = State.head
    private var head: HTTPHeadParser
    private var line: (status: HTTPStatus, isHTTP11: Bool)?
    private var interim = 0

    /// Creates a parser of the response to a request of a method: those to HEAD have no body.
    init(method: HTTPMethod) {
        self.isHead = method == .head
        self.head = Self.makeHeadParser()
    }

    private static func makeHeadParser() -> HTTPHeadParser {
        HTTPHeadParser(bytesMax: headBytesMax, fieldsMax: headerFieldsMax, hasStartLine: true)
    }

    /// Takes the next part from the front of `input`; nil if more bytes are needed, or the response is complete.
    mutating func next(_ input: inout ByteBuffer) throws(HTTPViolation) -> Part? {
        switch state {
        case .complete: return nil
        case .head: return try takeHead(&input)
        case .body(var body):
            let piece = try body.next(&input)
            state = .body(body)
            switch piece {
            case nil: return nil
            case .bytes(let bytes): return .body(bytes)
            case .end(let trailers):
                state = .complete
                return .end(trailers: trailers)
            }
        }
    }

    /// The connection ended. Gives the end of a body that ends so.
    mutating func connectionEnded() throws(HTTPViolation) -> Part? {
        switch state {
        case .complete: return nil
        case .body(let body) where body.endsWithConnection:
            state = .complete
            return .end(trailers: HTTPFields())
        case .head, .body: throw .endedEarly
        }
    }

    private mutating func takeHead(_ input: inout ByteBuffer) throws(HTTPViolation) -> Part? {
        while input.readableBytes > 0 {
            switch try input.withUnsafeReadableBytes({ head.next($0) }).get() {
            case .needsMore: return nil
            case .startLine(let range): line = try input.withUnsafeReadableBytes { Self.statusLine($0, range) }.get()
            case .complete(let count):
                let bytes = input.readBytes(length: count) ?? []
                guard let (status, isHTTP11) = line else { throw .statusLine }
                let fields = HTTPFields(bytes: bytes, entries: head.entries)
                head = Self.makeHeadParser()
                line = nil
                if status.code < 200, status.code != 101 {
                    interim += 1
                    guard interim <= Self.interimMax else { throw .tooManyInterimResponses }
                    continue
                }
                let framing = try self.framing(of: status, fields, isHTTP11: isHTTP11)
                state = status.code == 101 ? .complete : .body(HTTPBodyParser(framing))
                return .head(status, fields)
            }
        }
        return nil
    }

    private func framing(
        of status: HTTPStatus,
        _ fields: HTTPFields,
        isHTTP11: Bool
    ) throws(HTTPViolation) -> HTTPFraming {
        let framing = try HTTPFraming.read(fields, isHTTP11: isHTTP11)
        return isHead || status.hasNoBody ? .empty : framing ?? .untilClose
    }

    /// Version, one space, three digits, and perhaps a space and words.
    private static func statusLine(
        _ bytes: UnsafeRawBufferPointer,
        _ line: Range<Int>
    ) -> Result<(status: HTTPStatus, isHTTP11: Bool), HTTPViolation> {
        let line = UnsafeRawBufferPointer(rebasing: bytes[line])
        guard line.count >= 12, line.starts(with: "HTTP/1.".utf8), line[7] == 0x30 || line[7] == 0x31, line[8] == 0x20,
            line.count == 12 || line[12] == 0x20, line[9...].prefix(3).allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            line[12...].allSatisfy({ HTTPCharacters.isFieldValue($0) })
        else { return .failure(.statusLine) }
        let code = line[9...].prefix(3).reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard (100...599).contains(code) else { return .failure(.statusLine) }
        return .success((HTTPStatus(code), line[7] == 0x31))
    }
}
