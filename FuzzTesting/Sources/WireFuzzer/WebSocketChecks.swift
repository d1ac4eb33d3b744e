import NIOCore

/// The receiving half of WebSocket: the same events however the bytes are cut, and messages within their bound.
enum WebSocketChecks {
    private static let messageBytesMax = 4_096

    static func frames(_ cuts: Cuts) {
        let role: WebSocketRole = cuts.options & 1 == 0 ? .client : .server
        let windowBits = 8 + Int(cuts.options >> 4 & 7)
        let inflation =
            cuts.options & 2 == 0
            ? nil : WebSocketInflation(windowBits: windowBits, keepsContext: cuts.options & 4 == 0)
        let whole = events(cuts.whole, role, inflation)
        precondition(whole == events(cuts.pieces, role, inflation), "messages depend on cuts")
    }

    private static func events(
        _ pieces: [ByteBuffer],
        _ role: WebSocketRole,
        _ inflation: WebSocketInflation?
    ) -> [String] {
        var receiver = WebSocketReceiver(role: role, messageBytesMax: messageBytesMax, inflation: inflation)
        var events: [String] = []
        for piece in pieces {
            var input = piece
            while let event = receiver.next(&input) {
                switch event {
                case .message(let message):
                    precondition(message.bytes.readableBytes <= messageBytesMax, "a message beyond its bound")
                    if case .text(let bytes) = message {
                        let text = String(validating: bytes.readableBytesView, as: UTF8.self)
                        precondition(text != nil, "text that is not UTF-8")
                    }
                    events.append("\(message)")
                case .ping(let bytes):
                    precondition(bytes.readableBytes <= 125)
                    events.append("ping \(Array(bytes.readableBytesView))")
                case .pong: events.append("pong")
                case .closed(let code, let reason): events.append("closed \(code.rawValue) \(reason)")
                case .violation(let code, _): events.append("violation \(code.rawValue)")
                }
            }
            precondition(input.readableBytes == 0, "bytes were left")
        }
        return events
    }

    /// Any bytes inflated stay within their bound; any bytes deflated come back.
    static func inflate(_ cuts: Cuts) {
        let windowBits = 8 + Int(cuts.options & 7)
        let keepsContext = cuts.options & 8 == 0
        if let inflater = WebSocketInflater(windowBits: windowBits) {
            var output = ByteBuffer()
            var isDone = true
            for piece in cuts.pieces where isDone {
                let outcome = piece.withUnsafeReadableBytes {
                    inflater.inflate($0, into: &output, bytesMax: messageBytesMax)
                }
                if case .done = outcome { isDone = true } else { isDone = false }
                precondition(output.readableBytes <= messageBytesMax + 1, "output beyond its bound")
            }
            if isDone { _ = inflater.finish(into: &output, bytesMax: messageBytesMax, keepsContext: keepsContext) }
            precondition(output.readableBytes <= messageBytesMax + 1, "output beyond its bound")
        }
        roundTrip(cuts, windowBits: windowBits, keepsContext: keepsContext)
    }

    private static func roundTrip(_ cuts: Cuts, windowBits: Int, keepsContext: Bool) {
        guard let deflater = WebSocketDeflater(windowBits: windowBits, level: 1 + Int(cuts.options >> 4) % 9),
            let inflater = WebSocketInflater(windowBits: windowBits)
        else { return }
        for _ in 0..<2 {
            var (deflated, inflated) = (ByteBuffer(), ByteBuffer())
            let isDeflated = cuts.bytes.withUnsafeBytes {
                deflater.deflate($0, into: &deflated, keepsContext: keepsContext)
            }
            precondition(isDeflated)
            let outcome = deflated.withUnsafeReadableBytes {
                inflater.inflate($0, into: &inflated, bytesMax: cuts.bytes.count)
            }
            let end = inflater.finish(into: &inflated, bytesMax: cuts.bytes.count, keepsContext: keepsContext)
            guard case .done = outcome, case .done = end else { preconditionFailure("what was deflated is refused") }
            precondition(Array(inflated.readableBytesView) == cuts.bytes, "what was deflated does not come back")
        }
    }
}
