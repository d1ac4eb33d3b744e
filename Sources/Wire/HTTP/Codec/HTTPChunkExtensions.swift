/// Judges the extensions behind a chunk's size, byte by byte: `*( ";" name [ "=" ( token / quoted-string ) ] )` (RFC 9112
/// §7.1.1), without the spaces that the standard calls bad. Nobody asks for what they say.
struct HTTPChunkExtensions {
    private enum State {
        case end, nameStart, name, valueStart, token, quoted, escaped
    }

    private var state = State.end

    /// Whether the line may end here.
    var mayEnd: Bool {
        switch state {
        case .end, .name, .token: true
        case .nameStart, .valueStart, .quoted, .escaped: false
        }
    }

    /// Takes the next byte; false if it cannot stand there.
    mutating func take(_ byte: UInt8) -> Bool {
        let next: State? =
            switch (state, byte) {
            case (.end, UInt8(ascii: ";")), (.name, UInt8(ascii: ";")), (.token, UInt8(ascii: ";")): .nameStart
            case (.name, UInt8(ascii: "=")): .valueStart
            case (.nameStart, _), (.name, _): HTTPCharacters.isToken(byte) ? .name : nil
            case (.valueStart, UInt8(ascii: "\"")): .quoted
            case (.valueStart, _), (.token, _): HTTPCharacters.isToken(byte) ? .token : nil
            case (.quoted, UInt8(ascii: "\"")): .end
            case (.quoted, UInt8(ascii: "\\")): .escaped
            case (.quoted, _), (.escaped, _): HTTPCharacters.isFieldValue(byte) ? .quoted : nil
            case (.end, _): nil
            }
        guard let next else { return false }
        state = next
        return true
    }
}
