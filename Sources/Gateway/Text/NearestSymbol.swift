/// Finds the instrument or feature that somebody meant.
enum NearestSymbol {
    /// A hint such as `did you mean 'BTC-USDT.BINANCE'?`; nil if nothing is near.
    static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
        find(name, among: candidates).map { "did you mean '\($0)'?" }
    }

    /// Longer names are not compared: nobody mistypes them by hand, and the work grows with the square.
    private static let lengthMax = 64

    static func find(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.uppercased().utf8)
        guard !wanted.isEmpty, wanted.count <= lengthMax else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let letters = Array(candidate.uppercased().utf8)
            guard letters.count <= lengthMax else { continue }
            // A name without its venue, or a venue's own spelling (BTCUSDT), is the same but for what is left out.
            let isPart = wanted.count >= 3 && isSubsequence(wanted, of: letters)
            let distance = isPart ? 2 : editDistance(wanted, letters)
            guard distance <= max(2, wanted.count / 4) else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.name
    }

    private static func isSubsequence(_ part: [UInt8], of whole: [UInt8]) -> Bool {
        var rest = part[...]
        for byte in whole where byte == rest.first { rest = rest.dropFirst() }
        return rest.isEmpty
    }

    private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var previous = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let replaced = previous[column] + (left[row] == right[column] ? 0 : 1)
                current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}
