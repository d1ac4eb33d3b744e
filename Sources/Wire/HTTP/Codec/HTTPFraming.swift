/// How the end of a message's body is told (RFC 9112 §6).
enum HTTPFraming: Sendable, Hashable {
    /// There is none.
    case empty
    /// `Content-Length`.
    case length(Int)
    /// `Transfer-Encoding: chunked`.
    case chunked
    /// The connection ends: responses only.
    case untilClose

    /// More digits than any body has; so much fits an Int.
    private static let lengthDigitsMax = 18

    /// What the fields of a message say; nil if they say nothing.
    static func read(_ fields: HTTPFields, isHTTP11: Bool) throws(HTTPViolation) -> HTTPFraming? {
        let codings = fields.values(of: "Transfer-Encoding")
        let lengths = fields.values(of: "Content-Length")
        guard codings.isEmpty else {
            guard lengths.isEmpty else { throw .lengthAndCoding }
            guard isHTTP11 else { throw .codingBeforeHTTP11 }
            guard codings.count == 1, let coding = codings.first else { throw .transferEncoding }
            if HTTPCharacters.isEqual(coding.utf8, "chunked".utf8) { return .chunked }
            let last = coding.split(separator: ",").last?.trimmingSpaces().lowercased()
            guard last == "chunked", !coding.lowercased().contains("chunked,") else { throw .transferEncoding }
            throw .unknownCoding
        }
        guard let length = lengths.first else { return nil }
        guard lengths.count == 1 else { throw .repeatedLength }
        let digits = length.utf8
        guard !digits.isEmpty, digits.count <= lengthDigitsMax, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let count = Int(length)
        else { throw .contentLength }
        return count == 0 ? .empty : .length(count)
    }
}
