import NIOCore

/// The streams of a symbol.
enum StreamKind: Int, CaseIterable {
    case depth
    case trade
    case quote

    init(_ message: SimulatedMarket.Message) {
        switch message {
        case .depth: self = .depth
        case .trade: self = .trade
        case .quote: self = .quote
        }
    }

    /// The names of the stream, as the venue writes them.
    func names(_ symbol: SimulatedSymbol) -> [String] {
        let name = symbol.lowercasedName
        return switch self {
        case .depth: ["\(name)@depth@100ms", "\(name)@depth"]
        case .trade: ["\(name)@trade"]
        case .quote: ["\(name)@bookTicker"]
        }
    }
}

/// Frames of one message, encoded once for each form that a subscriber wants.
struct FrameCache {
    struct Key: Hashable {
        /// The stream's name for the wrapper; nil without one.
        var name: String?
        var unit: MessageText.TimeUnit
    }

    private var frames: [(key: Key, frame: ByteBuffer)] = []

    mutating func frame(_ key: Key, _ make: () -> ByteBuffer) -> ByteBuffer {
        if let known = frames.first(where: { $0.key == key }) { return known.frame }
        let frame = make()
        frames.append((key, frame))
        return frame
    }
}
