/// A pattern of LIKE: `%` stands for any text, `_` for one character, and a backslash takes the next one as it is.
struct SymbolPattern {
    private enum Part {
        case any
        case one
        case exactly(Unicode.Scalar)
    }

    private let parts: [Part]

    init(_ pattern: String) {
        var parts: [Part] = []
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            if isEscaped {
                parts.append(.exactly(scalar))
                isEscaped = false
            } else {
                switch scalar {
                case "%": parts.append(.any)
                case "_": parts.append(.one)
                case "\\": isEscaped = true
                default: parts.append(.exactly(scalar))
                }
            }
        }
        if isEscaped { parts.append(.exactly("\\")) }
        self.parts = parts
    }

    /// Whether a text fits, as a whole. Takes time for the product of both lengths at most: what a `%` has taken is given
    /// back a character at a time, and only by the last one.
    func fits(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var place = 0
        var part = 0
        var retry: (part: Int, place: Int)?
        while place < scalars.count {
            if part < parts.count {
                switch parts[part] {
                case .any:
                    retry = (part + 1, place)
                    part += 1
                    continue
                case .one:
                    part += 1
                    place += 1
                    continue
                case .exactly(scalars[place]):
                    part += 1
                    place += 1
                    continue
                case .exactly: break
                }
            }
            guard let last = retry else { return false }
            retry = (last.part, last.place + 1)
            part = last.part
            place = last.place + 1
        }
        return parts[part...].allSatisfy { if case .any = $0 { true } else { false } }
    }
}
