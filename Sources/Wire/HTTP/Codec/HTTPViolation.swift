/// A rule of HTTP/1.1 (RFC 9110, RFC 9112), or a limit, that a message breaks.
///
/// Where the standard lets a recipient choose between mending and refusing, this one refuses: what two recipients read
/// differently is how requests are smuggled past the first of them.
enum HTTPViolation: Error, Sendable, Hashable, CaseIterable {
    case requestLine, version, target, host, statusLine
    case headTooLarge, tooManyFields
    case bareLineFeed, foldedField, fieldName, blankBeforeColon, fieldValue
    case contentLength, repeatedLength, transferEncoding, unknownCoding, lengthAndCoding, codingBeforeHTTP11
    case chunkSize, chunkExtension, chunkEnd, trailerField
    case tooManyInterimResponses, endedEarly

    /// What a server answers.
    var status: HTTPStatus {
        switch self {
        case .headTooLarge, .tooManyFields: .headerFieldsTooLarge
        case .version: .versionNotSupported
        case .unknownCoding: .notImplemented
        default: .badRequest
        }
    }

    /// What was wrong.
    var message: String {
        switch self {
        case .requestLine: "the request line is not METHOD TARGET HTTP/1.1"
        case .version: "the version is not HTTP/1.1 or HTTP/1.0"
        case .target: "the request target is not a path, or its percent-encoding is broken"
        case .host: "a request needs one Host, and a target with a host must name the same"
        case .statusLine: "the status line is not HTTP/1.1 CODE REASON"
        case .headTooLarge: "the request line and header fields exceed a limit"
        case .tooManyFields: "there are too many header fields"
        case .bareLineFeed: "lines of a head must end with CR LF"
        case .foldedField: "a header field must not go over two lines"
        case .fieldName: "a line is not NAME: VALUE, or the name has characters that it must not have"
        case .blankBeforeColon: "there must be no space before the colon of a header field"
        case .fieldValue: "the value of a header field has control characters"
        case .contentLength: "Content-Length is not a number of bytes"
        case .repeatedLength: "Content-Length must stand once"
        case .transferEncoding: "Transfer-Encoding must be chunked, once"
        case .unknownCoding: "no transfer coding but chunked is understood"
        case .lengthAndCoding: "Content-Length and Transfer-Encoding exclude each other"
        case .codingBeforeHTTP11: "Transfer-Encoding needs HTTP/1.1"
        case .chunkSize: "the size of a chunk is not a hexadecimal number, or too large"
        case .chunkExtension: "the extensions of chunks are malformed, or too long"
        case .chunkEnd: "a chunk is longer than its size says"
        case .trailerField: "a field that frames or routes a message must not be a trailer"
        case .tooManyInterimResponses: "too many interim responses"
        case .endedEarly: "the connection ended before the message"
        }
    }
}
