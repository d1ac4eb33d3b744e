import MarketStore

/// Which buckets are wanted: patterns such as `*/1Min/OHLCV`, in which `*` stands for any text without `/`, and `?` for one
/// character.
struct KeyPatterns: Equatable {
    private let patterns: [[[Character]]]

    /// Reads patterns of three parts each, or of fewer, to which `*` is added; none wants every bucket. Throws the one that is
    /// none.
    init(_ texts: [String]) throws(ConfigurationError) {
        var patterns: [[[Character]]] = []
        for text in texts.flatMap({ $0.split(separator: ",") }) {
            var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(Array.init)
            guard parts.count <= 3, !parts.contains([]) else {
                throw ConfigurationError(
                    "a pattern of keys is SYMBOL/TIMEFRAME/ATTRIBUTE, such as */1Min/OHLCV, not '\(text)'"
                )
            }
            while parts.count < 3 { parts.append(["*"]) }
            patterns.append(parts)
        }
        self.patterns = patterns
    }

    /// Whether a key is wanted.
    func matches(_ key: BucketKey) -> Bool {
        let parts = [key.symbol, key.timeframe, key.attribute].map(Array.init)
        return patterns.isEmpty
            || patterns.contains { pattern in
                zip(pattern, parts).allSatisfy { Self.matches($0, $1) }
            }
    }

    /// Whether a text fits a pattern; the last `*` is the only place to go back to.
    private static func matches(_ pattern: [Character], _ text: [Character]) -> Bool {
        var (index, position) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while index < text.count {
            if position < pattern.count, pattern[position] == "*" {
                star = (position, index)
                position += 1
            } else if position < pattern.count, pattern[position] == "?" || pattern[position] == text[index] {
                (index, position) = (index + 1, position + 1)
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                (index, position) = (last.text + 1, last.pattern + 1)
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == "*" }
    }
}
