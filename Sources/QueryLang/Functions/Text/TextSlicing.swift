/// Parts and copies of texts. Places and lengths count Unicode scalars, from 1.
enum TextSlicing {
    /// Bytes that a text may grow to by repeating, padding and replacing: a row of text should not fill the memory.
    static let bytesMax = 1 << 16

    static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// Place of the first occurrence; 0 if there is none.
    static func position(of part: String, in text: String) -> Int {
        let (haystack, needle) = (Array(text.utf8), Array(part.utf8))
        guard needle.count <= haystack.count else { return 0 }
        guard let first = needle.first else { return 1 }
        for start in 0...haystack.count - needle.count where haystack[start] == first {
            guard haystack[start..<start + needle.count].elementsEqual(needle) else { continue }
            return 1 + haystack[..<start].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        }
        return 0
    }

    static func trimmed(_ text: String, _ characters: String, start: Bool, end: Bool) -> String {
        let set = Set(characters.unicodeScalars)
        var scalars = text.unicodeScalars[...]
        if start { scalars = scalars.drop { set.contains($0) } }
        while end, let last = scalars.last, set.contains(last) { scalars.removeLast() }
        return String(scalars)
    }

    /// The characters at places `start` to `start + count - 1`, as far as the text has such; nil for a negative count.
    static func substring(_ text: String, from start: Int64, count: Int64?) -> String? {
        guard count ?? 0 >= 0 else { return nil }
        let (sum, overflow) = start.addingReportingOverflow(count ?? .max)
        let end = overflow ? .max : sum
        guard end > 1 else { return "" }
        let first = Swift.max(start, 1)
        let scalars = text.unicodeScalars.dropFirst(Int(first - 1))
        return end == .max ? String(scalars) : String(scalars.prefix(Int(Swift.max(end - first, 0))))
    }

    /// The first characters; with a negative number all but so many last ones.
    static func left(_ text: String, _ count: Int64) -> String {
        count >= 0
            ? String(text.unicodeScalars.prefix(Int(count)))
            : String(text.unicodeScalars.dropLast(Int(clamping: count.magnitude)))
    }

    /// The last characters; with a negative number all but so many first ones.
    static func right(_ text: String, _ count: Int64) -> String {
        count >= 0
            ? String(text.unicodeScalars.suffix(Int(count)))
            : String(text.unicodeScalars.dropFirst(Int(clamping: count.magnitude)))
    }

    /// Nil beyond ``bytesMax``.
    static func repeated(_ text: String, _ count: Int64) -> String? {
        guard count > 0, !text.isEmpty else { return "" }
        guard count <= bytesMax / text.utf8.count else { return nil }
        return String(repeating: text, count: Int(count))
    }

    /// The text at a length of `count` characters: filled up, or cut off at its end. Nil beyond ``bytesMax``.
    static func padded(_ text: String, _ count: Int64, _ filling: String, isLeft: Bool) -> String? {
        let length = Int64(text.unicodeScalars.count)
        guard count > length else { return left(text, Swift.max(count, 0)) }
        guard count <= bytesMax / 4, !filling.isEmpty else { return filling.isEmpty ? text : nil }
        let scalars = Array(filling.unicodeScalars)
        let added = string((0..<Int(count - length)).lazy.map { scalars[$0 % scalars.count] })
        return isLeft ? added + text : text + added
    }

    /// Nil if the text grows beyond ``bytesMax``.
    static func replaced(_ text: String, _ part: String, by other: String) -> String? {
        let (source, wanted, replacement) = (Array(text.utf8), Array(part.utf8), Array(other.utf8))
        guard !wanted.isEmpty, wanted.count <= source.count else { return text }
        var result: [UInt8] = []
        var position = 0
        while position < source.count {
            if source[position] == wanted[0], source[position...].starts(with: wanted) {
                result += replacement
                position += wanted.count
            } else {
                result.append(source[position])
                position += 1
            }
            guard result.count <= Swift.max(bytesMax, source.count) else { return nil }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The n-th part between separators, from 1, or from the end for a negative n; empty where there is none, nil for 0.
    static func part(_ text: String, _ separator: String, _ number: Int64) -> String? {
        guard number != 0 else { return nil }
        let (source, mark) = (Array(text.utf8), Array(separator.utf8))
        var parts: [ArraySlice<UInt8>] = []
        var start = 0
        var position = 0
        while !mark.isEmpty, position + mark.count <= source.count {
            if source[position] == mark[0], source[position...].starts(with: mark) {
                parts.append(source[start..<position])
                position += mark.count
                start = position
            } else {
                position += 1
            }
        }
        parts.append(source[start...])
        let count = Int64(parts.count)
        guard number.magnitude <= count.magnitude else { return "" }
        return String(decoding: parts[Int(number > 0 ? number - 1 : count + number)], as: UTF8.self)
    }
}
