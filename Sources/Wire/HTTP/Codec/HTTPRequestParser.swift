internal import NIOCore

/// Bytes in, requests out: the receiving half of a server (RFC 9112) as a value.
///
/// The bytes of an unfinished head stay in the caller's buffer, at most `headBytesMax` and what one read of the socket gives;
/// everything else is taken as it comes. After a violation nothing can be told from anything, and all bytes are dropped.
struct HTTPRequestParser {
    /// What the bytes amount to.
    enum Part {
        /// A request's head.
        case head(HTTPRequest, HTTPFraming)
        /// A piece of its body.
        case body(ByteBuffer)
        /// Its end. Trailers are understood, and nobody asks for those of requests.
        case end
    }

    private enum State {
        case head
        case body(HTTPBodyParser)
        case failed
    }

    private struct RequestLine {
        var method: HTTPMethod
        var target: Range<Int>
        var isHTTP11: Bool
    }

    private let bytesMax: Int
    private let fieldsMax: Int
    private var state = State.head
    private var head: HTTPHeadParser
    private var line: RequestLine?

    init(headBytesMax: Int, headerFieldsMax: Int) {
        self.bytesMax = headBytesMax
        self.fieldsMax = headerFieldsMax
        self.head = HTTPHeadParser(bytesMax: headBytesMax, fieldsMax: headerFieldsMax, hasStartLine: true)
    }

    /// Takes the next part from the front of `input`; nil if more bytes are needed.
    mutating func next(_ input: inout ByteBuffer) throws(HTTPViolation) -> Part? {
        do throws(HTTPViolation) {
            switch state {
            case .failed:
                input.moveReaderIndex(forwardBy: input.readableBytes)
                return nil
            case .head: return try takeHead(&input)
            case .body(var body):
                let piece = try body.next(&input)
                state = .body(body)
                switch piece {
                case nil: return nil
                case .bytes(let bytes): return .body(bytes)
                case .end:
                    state = .head
                    return .end
                }
            }
        } catch {
            state = .failed
            throw error
        }
    }

    private mutating func takeHead(_ input: inout ByteBuffer) throws(HTTPViolation) -> Part? {
        guard input.readableBytes > 0 else { return nil }
        while true {
            switch try input.withUnsafeReadableBytes({ head.next($0) }).get() {
            case .needsMore: return nil
            case .startLine(let range):
                line = try input.withUnsafeReadableBytes { Self.requestLine($0, range) }.get()
            case .complete(let count):
                let bytes = input.readBytes(length: count) ?? []
                let entries = head.entries
                guard let line else { throw .requestLine }
                head = HTTPHeadParser(bytesMax: bytesMax, fieldsMax: fieldsMax, hasStartLine: true)
                self.line = nil
                return try finish(line, bytes, HTTPFields(bytes: bytes, entries: entries))
            }
        }
    }

    private mutating func finish(
        _ line: RequestLine,
        _ bytes: [UInt8],
        _ fields: HTTPFields
    ) throws(HTTPViolation) -> Part {
        let framing = try HTTPFraming.read(fields, isHTTP11: line.isHTTP11) ?? .empty
        guard let target = String(validating: bytes[line.target], as: UTF8.self) else { throw .target }
        try Self.checkHost(fields, target, isHTTP11: line.isHTTP11)
        let request = HTTPRequest(method: line.method, target: target, fields: fields, isHTTP11: line.isHTTP11)
        guard let request else { throw .target }
        state = .body(HTTPBodyParser(framing))
        return .head(request, framing)
    }

    /// Method, one space, target, one space, version.
    private static func requestLine(
        _ bytes: UnsafeRawBufferPointer,
        _ line: Range<Int>
    ) -> Result<RequestLine, HTTPViolation> {
        var index = line.lowerBound
        while index < line.upperBound, HTTPCharacters.isToken(bytes[index]) { index &+= 1 }
        let method = line.lowerBound..<index
        guard !method.isEmpty, index < line.upperBound, bytes[index] == 0x20 else { return .failure(.requestLine) }
        let start = index &+ 1
        index = start
        while index < line.upperBound, bytes[index] > 0x20, bytes[index] != 0x7F { index &+= 1 }
        guard index > start, index < line.upperBound, bytes[index] == 0x20 else { return .failure(.requestLine) }
        let target = start..<index
        let version = UnsafeRawBufferPointer(rebasing: bytes[(index + 1)..<line.upperBound])
        guard version.count == 8, version.starts(with: "HTTP/".utf8), version[6] == UInt8(ascii: "."),
            (0x30...0x39).contains(version[5]), (0x30...0x39).contains(version[7])
        else { return .failure(.requestLine) }
        guard version[5] == UInt8(ascii: "1"), version[7] <= UInt8(ascii: "1") else { return .failure(.version) }
        return .success(
            RequestLine(
                method: HTTPMethod(rawValue: String(decoding: bytes[method], as: UTF8.self)),
                target: target,
                isHTTP11: version[7] == UInt8(ascii: "1")
            )
        )
    }

    /// A request of HTTP/1.1 has one Host (RFC 9112 §3.2); a target in absolute form names the same.
    private static func checkHost(_ fields: HTTPFields, _ target: String, isHTTP11: Bool) throws(HTTPViolation) {
        let hosts = fields.values(of: "Host")
        guard hosts.count == 1 || hosts.isEmpty && !isHTTP11 else { throw .host }
        let host = hosts.first ?? ""
        guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/@,?#\\".utf8.contains($0) }) else { throw .host }
        guard !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") else { return }
        let authority = target[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard hosts.isEmpty || HTTPCharacters.isEqual(authority.utf8, host.utf8) else { throw .host }
    }
}
