/// Why something from a venue, a recording or the network was refused.
///
/// Carries codes and numbers; the text is built when it is shown, so that refusing a frame allocates nothing.
public struct IngestError: Error, Sendable, Hashable {
    /// What kind of thing failed.
    public enum Code: UInt8, Sendable, Hashable {
        /// The frame is not JSON.
        case malformedFrame
        /// The frame is JSON, but its content cannot be taken.
        case rejectedMessage
        /// A recorded line is not `<receive ns> <JSON>`.
        case malformedLine
        /// A file is damaged.
        case corruptFile
        /// A file cannot be read.
        case unreadableFile
        /// The feed's settings cannot work.
        case configuration
        /// The venue cannot be reached, or the connection broke.
        case connection
        /// The venue answered with an error.
        case venue
    }

    /// What kind of thing failed.
    public var code: Code
    /// What was wrong with it.
    public var reason: IngestReason
    /// Byte offset in the frame, or in the file for ``Code/corruptFile``.
    public var offset: Int
    /// Line number in the recording, from 1; 0 if it does not apply.
    public var line: Int
    /// File, host or the venue's own words, where that helps.
    public var detail: String?

    /// Creates an error.
    public init(_ code: Code, _ reason: IngestReason, offset: Int = 0, line: Int = 0, detail: String? = nil) {
        self.code = code
        self.reason = reason
        self.offset = offset
        self.line = line
        self.detail = detail
    }
}

/// What exactly was wrong.
public enum IngestReason: UInt8, Sendable, Hashable, CaseIterable {
    /// The frame ends inside a value.
    case unexpectedEnd
    /// A byte that JSON does not allow there.
    case unexpectedByte
    /// A control character or a bad escape in a string.
    case badString
    /// A number that JSON does not allow.
    case badNumber
    /// Nested more deeply than the decoder's limit.
    case tooDeep
    /// Bytes after the end of the value.
    case trailingBytes
    /// A field is missing.
    case missingField
    /// A field has another type than the venue documents.
    case wrongType
    /// A text that should be a decimal number is none.
    case badDecimal
    /// A decimal has more than eight fraction digits.
    case inexactDecimal
    /// A number does not fit in 64 bits.
    case overflow
    /// A price, size, time or id below zero, or a price of zero.
    case outOfRange
    /// An event's first update id lies after its last.
    case badRange
    /// The event's time is too far ahead of the venue's previous one.
    case timeJump
    /// A message of no known shape.
    case unrecognised
    /// The symbol is not known and cannot be told apart into base and quote asset.
    case unknownSymbol
    /// A snapshot without a symbol fits no instrument that awaits one, or several.
    case unattributedSnapshot
    /// More instruments than a feed keeps.
    case tooManyInstruments
    /// A line or frame is longer than the limit.
    case tooLong
    /// The line does not begin with a receive time.
    case badReceiveTime
    /// The file cannot be opened or read.
    case io
    /// The compressed data is damaged.
    case badCompression
    /// The file ends inside compressed data.
    case truncated
    /// The configuration is incomplete or contradicts itself.
    case invalidConfiguration
    /// The connection could not be made.
    case connectFailed
    /// The connection closed.
    case closed
    /// The connection was open but silent.
    case silent
    /// The venue answered with an unexpected status.
    case badStatus
    /// The venue refused a subscription.
    case subscriptionRefused

    /// The reason in words.
    public var text: String {
        switch self {
        case .unexpectedEnd: "the frame ends inside a value"
        case .unexpectedByte: "unexpected byte"
        case .badString: "control character or bad escape in a string"
        case .badNumber: "not a JSON number"
        case .tooDeep: "nested more than \(JSONCursor.nestingMax) levels"
        case .trailingBytes: "bytes after the end of the value"
        case .missingField: "a field is missing"
        case .wrongType: "a field has the wrong type"
        case .badDecimal: "not a decimal number"
        case .inexactDecimal: "more than 8 fraction digits"
        case .overflow: "a number does not fit in 64 bits"
        case .outOfRange: "a number is out of its range"
        case .badRange: "the first update id lies after the last"
        case .timeJump: "the event time is too far ahead of the one before it"
        case .unrecognised: "a message of no known shape"
        case .unknownSymbol: "unknown symbol; name it in the configuration"
        case .unattributedSnapshot: "the snapshot names no symbol and fits no single instrument that awaits one"
        case .tooManyInstruments: "more instruments than a feed keeps"
        case .tooLong: "longer than the limit"
        case .badReceiveTime: "the line does not begin with a receive time in nanoseconds and a space"
        case .io: "cannot be read"
        case .badCompression: "the compressed data is damaged"
        case .truncated: "the file ends inside compressed data"
        case .invalidConfiguration: "the configuration cannot work"
        case .connectFailed: "cannot connect"
        case .closed: "the connection closed"
        case .silent: "the connection was silent for too long"
        case .badStatus: "the venue answered with an unexpected status"
        case .subscriptionRefused: "the venue refused the subscription"
        }
    }
}

extension IngestError: CustomStringConvertible {
    /// The error in one line.
    public var description: String {
        var text = ""
        if line > 0 { text += "line \(line): " }
        switch code {
        case .malformedFrame: text += "malformed frame at byte \(offset): "
        case .rejectedMessage: text += "message rejected at byte \(offset): "
        case .malformedLine: text += "malformed line: "
        case .corruptFile: text += "damaged file at byte \(offset): "
        case .unreadableFile: text += "unreadable file: "
        case .configuration: text += "configuration: "
        case .connection: text += "connection: "
        case .venue: text += "venue: "
        }
        text += reason.text
        if let detail { text += " (\(detail))" }
        return text
    }
}
