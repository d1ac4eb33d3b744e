/// Columns that text takes in a terminal, and text made fit for one.
///
/// A character is as wide as the widest of its scalars: 2 for those of East Asia and for emoji, 0 for marks that stand
/// over others, 1 for the rest (Unicode Standard Annex 11, and what terminals do with emoji).
enum DisplayWidth {
    /// Columns of a text without control characters.
    static func of(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
        return text.reduce(0) { $0 + of($1) }
    }

    /// Columns of a character.
    static func of(_ character: Character) -> Int {
        if let ascii = character.asciiValue { return ascii >= 0x20 && ascii < 0x7F ? 1 : 0 }
        var width = 0
        for scalar in character.unicodeScalars {
            // Variation selector 16 asks for the picture of what has a text form too.
            width = max(width, scalar.value == 0xFE0F ? 2 : of(scalar))
        }
        return width
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0xAD: return 1
        // Vowels and finals of Hangul, which join the consonant before them.
        case 0x1160...0x11FF: return 0
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97C,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x16FE0...0x18D08, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD:
            return 2
        default: break
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator: return 0
        default: return scalar.properties.isEmojiPresentation ? 2 : 1
        }
    }

    /// The text with what a terminal would obey, or would break a line at, made visible.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isObeyed) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A: shown.append("⏎")
            case 0x09: shown.append(" ")
            default: shown.append(isObeyed(scalar) ? "\u{FFFD}" : scalar)
            }
        }
        return String(shown)
    }

    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Marks that turn the direction of what follows would let a text pose as another.
        case 0x202A...0x202E, 0x2066...0x2069: return true
        default: break
        }
        return switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// The text itself, or as much of its beginning as fits with an ellipsis behind it.
    static func cut(_ text: String, to columns: Int) -> String {
        guard of(text) > columns else { return text }
        guard columns > 0 else { return "" }
        var shown = ""
        var width = 0
        for character in text {
            width += of(character)
            guard width < columns else { break }
            shown.append(character)
        }
        return shown + "…"
    }

    /// The text in a field of so many columns, which it must not be wider than.
    static func padded(_ text: String, to columns: Int, right: Bool) -> String {
        let space = String(repeating: " ", count: max(0, columns - of(text)))
        return right ? space + text : text + space
    }
}
