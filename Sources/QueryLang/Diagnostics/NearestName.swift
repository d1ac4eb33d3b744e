/// Finds the name that somebody meant.
enum NearestName {
    /// Names longer than this are not compared: nobody mistypes them by hand.
    private static let lengthMax = 64
    /// More slips than this make another word.
    private static let distanceMax = 2

    /// The candidate nearest to `name`: at most two slips away (fewer for short names), or beginning with `name`.
    /// Case does not count. Of equals one with the same first letter wins, then the first.
    static func find(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = folded(name)
        guard wanted.count <= lengthMax else { return nil }
        var best: (candidate: String, badness: Int)?
        var beginning: String?
        for candidate in candidates {
            let letters = folded(candidate)
            if beginning == nil, wanted.count >= 2, letters.starts(with: wanted) { beginning = candidate }
            guard abs(letters.count - wanted.count) <= distanceMax, letters.count <= lengthMax else { continue }
            let distance = distance(wanted, letters)
            // Half of a short word may not be slips: `id` is not meant by `px`.
            guard distance <= distanceMax, distance * 2 < max(wanted.count, letters.count) || distance == 0 else {
                continue
            }
            let badness = distance * 2 + (letters.first == wanted.first ? 0 : 1)
            if best.map({ badness < $0.badness }) ?? true { best = (candidate, badness) }
        }
        return best?.candidate ?? beginning
    }

    private static func folded(_ name: String) -> [Unicode.Scalar] { Array(name.lowercased().unicodeScalars) }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let isSame = left[row] == right[column]
                var cost = min(previous[column + 1] + 1, current[column] + 1, previous[column] + (isSame ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current.append(cost)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }
}
