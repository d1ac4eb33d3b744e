internal import NIOCore

/// Bytes in, messages out: the receiving half of RFC 6455, with permessage-deflate (RFC 7692), as a value.
///
/// Nothing waits for the end of a frame that can be judged before: text is checked and compressed payloads are inflated as
/// they arrive.
///
/// Invariants:
/// 1. `header` holds at most the bytes of one header; everything else of the input is consumed.
/// 2. `message` is the unfinished message, at most `messageBytesMax` bytes of it.
/// 3. After a violation or a close frame no byte means anything: all are dropped.
struct WebSocketReceiver {
    /// What the bytes amount to.
    enum Event {
        /// Deliver.
        case message(WebSocketMessage)
        /// Answer with a pong of the same bytes.
        case ping(ByteBuffer)
        /// The peer answered a ping.
        case pong
        /// The peer closes.
        case closed(WebSocketCloseCode, reason: String)
        /// The peer broke the protocol: close with this code.
        case violation(WebSocketCloseCode, String)
    }

    private enum Phase {
        case header
        case payload(WebSocketFrameHeader, taken: Int)
        case ended
    }

    private struct Message {
        let isText: Bool
        let isCompressed: Bool
        var bytes = ByteBuffer()
        var text = UTF8Validator()
        /// Payload bytes as they came, which count for a compressed message that inflates to nothing.
        var wireBytes = 0
        /// Frames that it came in; empty ones count.
        var fragments = 1
    }

    private let role: WebSocketRole
    private let messageBytesMax: Int
    private let fragmentsMax: Int
    private let compression: WebSocketInflation?
    private let checksText: Bool
    private var inflater: WebSocketInflater?
    private var phase = Phase.header
    private var header: [UInt8] = []
    private var message: Message?
    private var control = ByteBuffer()

    init(
        role: WebSocketRole,
        messageBytesMax: Int,
        fragmentsMax: Int? = nil,
        inflation: WebSocketInflation? = nil,
        checksText: Bool = true
    ) {
        self.role = role
        self.fragmentsMax = fragmentsMax ?? WebSocketLimits.fragmentsMax(ofBytes: messageBytesMax)
        self.checksText = checksText
        self.messageBytesMax = messageBytesMax
        self.compression = inflation
    }

    /// Takes bytes from the front of `input` until something happened. Nil: all were taken, and nothing did.
    mutating func next(_ input: inout ByteBuffer) -> Event? {
        while true {
            switch phase {
            case .ended:
                input.moveReaderIndex(forwardBy: input.readableBytes)
                return nil
            case .header:
                guard input.readableBytes > 0 else { return nil }
                switch takeHeader(&input) {
                case .needs: return nil
                case .violation(let fault): return violation(.protocolError, fault)
                case .header(let header, _):
                    if let event = begin(header, &input) { return event }
                }
            case .payload(let header, let taken):
                let count = min(header.payloadBytes - taken, input.readableBytes)
                guard count > 0, let bytes = input.readSlice(length: count) else { return nil }
                if let event = take(bytes, header, at: taken) { return event }
                if taken + count == header.payloadBytes {
                    phase = .header
                    if let event = endFrame(header) { return event }
                } else {
                    phase = .payload(header, taken: taken + count)
                }
            }
        }
    }

    // MARK: - Headers

    private mutating func takeHeader(_ input: inout ByteBuffer) -> WebSocketFrameHeader.Reading {
        let allowsCompression = compression != nil
        if header.isEmpty {
            let reading = input.withUnsafeReadableBytes {
                WebSocketFrameHeader.read($0, role: role, allowsCompression: allowsCompression)
            }
            if case .header(_, let count) = reading {
                input.moveReaderIndex(forwardBy: count)
                return reading
            }
            if case .violation = reading { return reading }
        }
        while let byte = input.readInteger(as: UInt8.self) {
            header.append(byte)
            let reading = header.withUnsafeBytes {
                WebSocketFrameHeader.read($0, role: role, allowsCompression: allowsCompression)
            }
            if case .needs = reading { continue }
            header.removeAll(keepingCapacity: true)
            return reading
        }
        return .needs(WebSocketFrameHeader.bytesMax)
    }

    /// Judges a header within its message; delivers at once what is whole.
    private mutating func begin(_ header: WebSocketFrameHeader, _ input: inout ByteBuffer) -> Event? {
        phase = .payload(header, taken: 0)
        if header.isControl {
            control.clear()
            if header.payloadBytes > 0 { return nil }
            phase = .header
            return endFrame(header)
        }
        if header.opcode == 0 {
            guard let fragments = message?.fragments else {
                return violation(.protocolError, "a continuation of nothing")
            }
            guard fragments < fragmentsMax else {
                return violation(.messageTooBig, "the message has more than \(fragmentsMax) fragments")
            }
            message?.fragments += 1
        } else {
            guard message == nil else {
                return violation(.protocolError, "a new message inside a fragmented one")
            }
        }
        let before = message?.wireBytes ?? 0
        let isCompressed = message?.isCompressed ?? header.isCompressed
        // Deflate makes nothing longer than this by rights.
        let bytesMax = isCompressed ? messageBytesMax + messageBytesMax / 1_000 + 64 : messageBytesMax
        guard header.payloadBytes <= bytesMax - before else { return tooBig }
        if header.isFinal, message == nil, !header.isCompressed, header.payloadBytes <= input.readableBytes {
            phase = .header
            return whole(header, &input)
        }
        if message == nil { message = Message(isText: header.opcode == 1, isCompressed: header.isCompressed) }
        message?.wireBytes += header.payloadBytes
        if header.payloadBytes > 0 { return nil }
        phase = .header
        return endFrame(header)
    }

    /// A message of one frame that has arrived as a whole: no copy but the one that unmasks.
    private mutating func whole(_ header: WebSocketFrameHeader, _ input: inout ByteBuffer) -> Event? {
        guard let payload = input.readSlice(length: header.payloadBytes) else { return nil }
        var bytes = payload
        if let key = header.key {
            bytes = ByteBuffer()
            Self.append(payload, to: &bytes, key, at: 0)
        }
        if header.opcode == 2 { return .message(.binary(bytes)) }
        guard !checksText || bytes.isUTF8 else { return noText() }
        return .message(.text(bytes))
    }

    // MARK: - Payloads

    private mutating func take(_ bytes: ByteBuffer, _ header: WebSocketFrameHeader, at offset: Int) -> Event? {
        if header.isControl {
            Self.append(bytes, to: &control, header.key, at: offset)
            return nil
        }
        guard var message else { preconditionFailure("BUG: a payload without a message") }
        // Taken out, so that its bytes have one owner while they grow.
        self.message = nil
        let start = message.bytes.writerIndex
        if message.isCompressed {
            var deflated = ByteBuffer()
            if header.key == nil { deflated = bytes } else { Self.append(bytes, to: &deflated, header.key, at: offset) }
            if let event = inflate(deflated, &message) {
                return isTextWithinBound(&message, from: start) ? event : noText()
            }
        } else {
            Self.append(bytes, to: &message.bytes, header.key, at: offset)
        }
        if message.isText, checksText, !Self.check(&message, from: start) {
            return noText()
        }
        self.message = message
        return nil
    }

    private static func check(_ message: inout Message, from start: Int) -> Bool {
        var text = message.text
        let isValid = message.bytes.withUnsafeReadableBytes {
            text.take(UnsafeRawBufferPointer(rebasing: $0[start...]))
        }
        message.text = text
        return isValid
    }

    /// Whether what lies within the bound of a message beyond it is text: one that is neither text nor short enough is told
    /// as no text, however its bytes were cut.
    private func isTextWithinBound(_ message: inout Message, from start: Int) -> Bool {
        guard message.isText, checksText else { return true }
        message.bytes.moveWriterIndex(to: max(start, min(message.bytes.writerIndex, messageBytesMax)))
        return Self.check(&message, from: start)
    }

    private mutating func noText() -> Event { violation(.invalidPayload, "text must be UTF-8") }

    /// Inflates a piece into the message; with nil, the end that every compressed message lacks.
    private mutating func inflate(_ deflated: ByteBuffer?, _ message: inout Message) -> Event? {
        guard let compression else { preconditionFailure("BUG: a compressed message without an agreement") }
        if inflater == nil { inflater = WebSocketInflater(windowBits: compression.windowBits) }
        guard let inflater else { return violation(.messageTooBig, "no memory to inflate the message") }
        let outcome: WebSocketInflater.Outcome
        if let deflated {
            outcome = deflated.withUnsafeReadableBytes {
                inflater.inflate($0, into: &message.bytes, bytesMax: messageBytesMax)
            }
        } else {
            outcome = inflater.finish(
                into: &message.bytes,
                bytesMax: messageBytesMax,
                keepsContext: compression.keepsContext
            )
        }
        switch outcome {
        case .done: return nil
        case .tooBig: return tooBig
        case .corrupt: return violation(.invalidPayload, "the message is not what deflate makes")
        }
    }

    private mutating func endFrame(_ header: WebSocketFrameHeader) -> Event? {
        switch header.opcode {
        case 8: return close(control)
        case 9: return .ping(control)
        case 10: return .pong
        default: return header.isFinal ? endMessage() : nil
        }
    }

    private mutating func endMessage() -> Event? {
        guard var message else { preconditionFailure("BUG: the end of no message") }
        self.message = nil
        if message.isCompressed {
            let start = message.bytes.writerIndex
            if let event = inflate(nil, &message) {
                return isTextWithinBound(&message, from: start) ? event : noText()
            }
            if message.isText, checksText, !Self.check(&message, from: start) {
                return noText()
            }
        }
        guard message.isText else { return .message(.binary(message.bytes)) }
        guard !checksText || message.text.isComplete else { return noText() }
        return .message(.text(message.bytes))
    }

    private mutating func close(_ payload: ByteBuffer) -> Event {
        var payload = payload
        if payload.readableBytes == 0 {
            phase = .ended
            return .closed(.noStatus, reason: "")
        }
        guard let code = payload.readInteger(as: UInt16.self).map(WebSocketCloseCode.init(rawValue:)), code.mayBeSent
        else { return violation(.protocolError, "the close code is malformed") }
        guard payload.isUTF8 else { return violation(.invalidPayload, "a close reason must be UTF-8") }
        phase = .ended
        return .closed(code, reason: String(buffer: payload))
    }

    private var tooBig: Event {
        mutating get { violation(.messageTooBig, "the message is larger than \(messageBytesMax) bytes") }
    }

    private mutating func violation(_ code: WebSocketCloseCode, _ reason: String) -> Event {
        phase = .ended
        message = nil
        inflater = nil
        return .violation(code, reason)
    }

    /// Appends a piece of a payload that begins at `offset` of its frame, unmasked.
    private static func append(_ bytes: ByteBuffer, to target: inout ByteBuffer, _ key: UInt32?, at offset: Int) {
        guard let key else {
            target.writeImmutableBuffer(bytes)
            return
        }
        bytes.withUnsafeReadableBytes { source in
            _ = target.writeWithUnsafeMutableBytes(minimumWritableBytes: source.count) { room in
                guard let start = room.baseAddress else { return 0 }
                WebSocketMask.apply(key, at: offset, from: source, to: start)
                return source.count
            }
        }
    }
}

extension ByteBuffer {
    /// Whether the readable bytes are valid UTF-8.
    var isUTF8: Bool {
        do {
            _ = try UTF8Span(validating: Span(_bytes: readableBytesSpan))
            return true
        } catch {
            return false
        }
    }
}
