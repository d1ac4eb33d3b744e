/// A pattern of LIKE, made ready: `%` is any text, `_` any one character, all else itself.
public struct LikePattern: Sendable {
    private enum Part: Sendable, Equatable {
        case byte(UInt8)
        case one
        case any
    }

    private let parts: [Part]
    private let ignoresCase: Bool

    /// Reads a pattern; a character after `escape` is itself. Nil if an escape character ends it.
    public init?(_ pattern: String, escape: Character?, ignoresCase: Bool) {
        var parts: [Part] = []
        var isEscaped = false
        for scalar in (ignoresCase ? pattern.lowercased() : pattern).unicodeScalars {
            if !isEscaped, let escape, Character(scalar) == escape {
                isEscaped = true
                continue
            }
            switch scalar {
            case "%" where !isEscaped: if parts.last != .any { parts.append(.any) }
            case "_" where !isEscaped: parts.append(.one)
            default: parts += String(scalar).utf8.map(Part.byte)
            }
            isEscaped = false
        }
        if isEscaped { return nil }
        self.parts = parts
        self.ignoresCase = ignoresCase
    }

    /// Whether a text is as the pattern says, from its first character to its last.
    public func matches(_ text: String) -> Bool {
        var text = ignoresCase ? text.lowercased() : text
        return text.withUTF8 { matches($0) }
    }

    /// Goes on after the last `%` with one byte more of the text whenever what follows it does not fit: enough, since a
    /// later `%` can take whatever an earlier one leaves.
    private func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var position = 0
        var part = 0
        var retry: (position: Int, part: Int)?
        while position < text.count {
            if part < parts.count {
                switch parts[part] {
                case .any:
                    part += 1
                    retry = (position, part)
                    continue
                case .one:
                    position += Self.scalarLength(text[position])
                    part += 1
                    continue
                case .byte(let byte) where byte == text[position]:
                    position += 1
                    part += 1
                    continue
                case .byte: break
                }
            }
            guard let again = retry else { return false }
            position = again.position + Self.scalarLength(text[again.position])
            part = again.part
            retry = (position, part)
        }
        return position == text.count && parts[part...].allSatisfy { $0 == .any }
    }

    private static func scalarLength(_ byte: UInt8) -> Int {
        byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
    }
}
