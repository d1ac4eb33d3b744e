internal import Glibc

/// Finds the lines of a head, or of trailers, as their bytes arrive, and the fields in them.
///
/// Invariants: no byte is looked at twice for the end of its line, however the bytes are cut; a line is judged when it is
/// whole; places are counted from the first byte of the head.
struct HTTPHeadParser {
    /// What there is so far.
    enum Step {
        /// More bytes are needed.
        case needsMore
        /// The first line, without its end.
        case startLine(Range<Int>)
        /// The empty line was reached; so many bytes are the head.
        case complete(Int)
    }

    /// What browsers send; room for them is made at once.
    private static let usualFields = 16

    private let bytesMax: Int
    private let fieldsMax: Int
    private var awaitsStartLine: Bool
    private var lineStart = 0
    private var scanned = 0
    private var mayBeEmpty: Bool

    /// The fields so far.
    private(set) var entries: [HTTPFields.Entry] = []

    /// Creates a parser of a head with a start line, or of trailers, which have none.
    init(bytesMax: Int, fieldsMax: Int, hasStartLine: Bool) {
        self.bytesMax = bytesMax
        self.fieldsMax = fieldsMax
        self.awaitsStartLine = hasStartLine
        self.mayBeEmpty = hasStartLine
    }

    /// Whether a line was understood, or bytes wait for the end of theirs.
    var hasBegun: Bool { scanned > 0 }

    /// Goes on where the last call ended.
    ///
    /// - Parameter bytes: all bytes since the head's first.
    mutating func next(_ bytes: UnsafeRawBufferPointer) -> Result<Step, HTTPViolation> {
        while true {
            guard let end = Self.lineFeed(in: bytes, from: scanned) else {
                scanned = bytes.count
                return bytes.count > bytesMax ? .failure(.headTooLarge) : .success(.needsMore)
            }
            scanned = end + 1
            guard scanned <= bytesMax else { return .failure(.headTooLarge) }
            guard end > lineStart, bytes[end - 1] == 0x0D else { return .failure(.bareLineFeed) }
            let line = lineStart..<(end - 1)
            lineStart = scanned
            if awaitsStartLine {
                if line.isEmpty {
                    // One empty line may stand before a request: old clients send it behind a body (RFC 9112 §2.2).
                    guard mayBeEmpty else { return .failure(.requestLine) }
                    mayBeEmpty = false
                    continue
                }
                awaitsStartLine = false
                return .success(.startLine(line))
            }
            if line.isEmpty { return .success(.complete(scanned)) }
            guard entries.count < fieldsMax else { return .failure(.tooManyFields) }
            if entries.isEmpty { entries.reserveCapacity(Self.usualFields) }
            switch Self.field(bytes, line) {
            case .success(let entry): entries.append(entry)
            case .failure(let violation): return .failure(violation)
            }
        }
    }

    private static func lineFeed(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count,
            let found = memchr(base + start, 0x0A, bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// The field of a line that is not empty.
    private static func field(
        _ bytes: UnsafeRawBufferPointer,
        _ line: Range<Int>
    ) -> Result<HTTPFields.Entry, HTTPViolation> {
        var colon = line.lowerBound
        while colon < line.upperBound, HTTPCharacters.isToken(bytes[colon]) { colon &+= 1 }
        guard colon < line.upperBound, bytes[colon] == UInt8(ascii: ":"), colon > line.lowerBound else {
            guard colon < line.upperBound, HTTPCharacters.isBlank(bytes[colon]) else { return .failure(.fieldName) }
            return .failure(colon == line.lowerBound ? .foldedField : .blankBeforeColon)
        }
        var (start, end) = (colon &+ 1, line.upperBound)
        while start < end, HTTPCharacters.isBlank(bytes[start]) { start &+= 1 }
        while end > start, HTTPCharacters.isBlank(bytes[end &- 1]) { end &-= 1 }
        var index = start
        while index < end {
            guard HTTPCharacters.isFieldValue(bytes[index]) else { return .failure(.fieldValue) }
            index &+= 1
        }
        return .success(HTTPFields.Entry(name: line.lowerBound..<colon, value: start..<end))
    }
}
