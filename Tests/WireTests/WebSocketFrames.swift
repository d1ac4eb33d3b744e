import NIOCore

@testable import Wire

/// A generator whose numbers a seed decides.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x2545_F491_4F6C_DD1D }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}

extension ByteBuffer {
    /// Cuts into pieces of random sizes.
    func pieces(using generator: inout SeededGenerator, max: Int) -> [ByteBuffer] {
        var rest = self
        var pieces: [ByteBuffer] = []
        while rest.readableBytes > 0 {
            let count = min(Int.random(in: 1...max, using: &generator), rest.readableBytes)
            if let piece = rest.readSlice(length: count) { pieces.append(ByteBuffer(bytes: piece.readableBytesView)) }
        }
        return pieces
    }
}

/// What a receiver made of some bytes, in a form that can be compared.
enum ReceivedEvent: Hashable {
    case message(WebSocketMessage)
    case ping([UInt8])
    case pong
    case closed(UInt16, String)
    case violation(UInt16)
}

extension WebSocketReceiver {
    /// Feeds pieces and collects all that comes of them.
    mutating func events(_ pieces: [ByteBuffer]) -> [ReceivedEvent] {
        var events: [ReceivedEvent] = []
        for piece in pieces {
            var input = piece
            while let event = next(&input) {
                switch event {
                case .message(let message): events.append(.message(message))
                case .ping(let bytes): events.append(.ping(Array(bytes.readableBytesView)))
                case .pong: events.append(.pong)
                case .closed(let code, let reason): events.append(.closed(code.rawValue, reason))
                case .violation(let code, _): events.append(.violation(code.rawValue))
                }
            }
        }
        return events
    }
}

/// The bytes of one frame, right or wrong.
func frameBytes(
    _ first: UInt8,
    _ payload: [UInt8],
    key: [UInt8]? = [1, 2, 3, 4],
    lengthForm: Int? = nil
) -> [UInt8] {
    let mask: UInt8 = key == nil ? 0 : 0x80
    var bytes = [first]
    switch lengthForm ?? (payload.count < 126 ? 1 : payload.count < 65_536 ? 2 : 8) {
    case 1: bytes.append(mask | UInt8(payload.count))
    case 2: bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default: bytes += [mask | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
    }
    guard let key else { return bytes + payload }
    return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
}
