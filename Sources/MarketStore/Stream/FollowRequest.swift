/// What a client of the stream sends: the MessagePack map `{"streams": ["*/1Min/OHLCV", …]}`.
public enum FollowRequest: Sendable, Hashable {
    /// Follow these instead of those before.
    case follow([String])
    /// A map that names no streams: it is echoed and changes nothing.
    case nothing

    /// Reads a message; nil if it is not such a map. What follows the map does not matter.
    public init?(_ message: some Sequence<UInt8>) {
        var reader = Reader(bytes: Array(message))
        guard let count = reader.mapCount() else { return nil }
        var streams: [String]?
        for _ in 0..<count {
            guard let key = reader.text() else { return nil }
            if key == "streams" {
                guard let value = reader.texts() else { return nil }
                streams = value
            } else {
                guard reader.skip() else { return nil }
            }
        }
        self = if let streams, !streams.isEmpty { .follow(streams) } else { .nothing }
    }

    /// Reads the few forms of MessagePack that a request has, and steps over all others.
    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        mutating func mapCount() -> Int? {
            switch byte() {
            case .some(let tag) where tag & 0xF0 == 0x80: Int(tag & 15)
            case 0xDE: word(2)
            case 0xDF: word(4)
            default: nil
            }
        }

        /// A text; those of old clients come as bytes.
        mutating func text() -> String? {
            let count: Int? =
                switch byte() {
                case .some(let tag) where tag & 0xE0 == 0xA0: Int(tag & 31)
                case 0xD9, 0xC4: word(1)
                case 0xDA, 0xC5: word(2)
                case 0xDB, 0xC6: word(4)
                default: nil
                }
            guard let count, count <= bytes.count - index else { return nil }
            defer { index += count }
            return String(validating: bytes[index..<index + count], as: UTF8.self)
        }

        /// An array of texts; nil stands for none.
        mutating func texts() -> [String]? {
            let count: Int? =
                switch byte() {
                case 0xC0: 0
                case .some(let tag) where tag & 0xF0 == 0x90: Int(tag & 15)
                case 0xDC: word(2)
                case 0xDD: word(4)
                default: nil
                }
            guard let count, count <= bytes.count - index else { return nil }
            var texts: [String] = []
            for _ in 0..<count {
                guard let text = text() else { return nil }
                texts.append(text)
            }
            return texts
        }

        /// Steps over a value, however deep; false if the bytes end before it does.
        mutating func skip() -> Bool {
            var open = 1
            while open > 0 {
                guard let tag = byte() else { return false }
                var (payload, values): (Int?, Int?) = (0, 0)
                switch tag {
                case 0x00...0x7F, 0xE0...0xFF, 0xC0...0xC3: break
                case 0x80...0x8F: values = 2 * Int(tag & 15)
                case 0x90...0x9F: values = Int(tag & 15)
                case 0xA0...0xBF: payload = Int(tag & 31)
                case 0xC4, 0xD9: payload = word(1)
                case 0xC5, 0xDA: payload = word(2)
                case 0xC6, 0xDB: payload = word(4)
                case 0xC7: payload = word(1).map { $0 + 1 }
                case 0xC8: payload = word(2).map { $0 + 1 }
                case 0xC9: payload = word(4).map { $0 + 1 }
                case 0xCC, 0xD0: payload = 1
                case 0xCD, 0xD1: payload = 2
                case 0xCA, 0xCE, 0xD2: payload = 4
                case 0xCB, 0xCF, 0xD3: payload = 8
                case 0xD4...0xD8: payload = 1 + 1 << Int(tag - 0xD4)
                case 0xDC: values = word(2)
                case 0xDD: values = word(4)
                case 0xDE: values = word(2).map { 2 * $0 }
                case 0xDF: values = word(4).map { 2 * $0 }
                default: return false
                }
                guard let payload, let values, payload <= bytes.count - index else { return false }
                index += payload
                open += values - 1
                // Each value takes a byte at least.
                guard open <= bytes.count - index else { return false }
            }
            return true
        }

        private mutating func byte() -> UInt8? {
            guard index < bytes.count else { return nil }
            defer { index += 1 }
            return bytes[index]
        }

        private mutating func word(_ count: Int) -> Int? {
            guard count <= bytes.count - index else { return nil }
            var word = 0
            for byte in bytes[index..<index + count] { word = word << 8 | Int(byte) }
            index += count
            return word
        }
    }
}

extension FollowRequest {
    /// The answer to a request that is refused: `{"error": text}`.
    public static func refusal(_ error: DataServiceError) -> [UInt8] {
        var bytes: [UInt8] = [0x81]
        MessagePackText.append("error", to: &bytes)
        MessagePackText.append(error.message, to: &bytes)
        return bytes
    }
}

/// Text as MessagePack has it, with the shortest head.
enum MessagePackText {
    static func append(_ text: String, to bytes: inout [UInt8]) {
        let count = text.utf8.count
        switch count {
        case 0..<32: bytes.append(0xA0 | UInt8(truncatingIfNeeded: count))
        case 32...0xFF: bytes += [0xD9, UInt8(truncatingIfNeeded: count)]
        case 0x100...0xFFFF:
            bytes += [0xDA, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
        default:
            bytes.append(0xDB)
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        }
        bytes.append(contentsOf: text.utf8)
    }
}
