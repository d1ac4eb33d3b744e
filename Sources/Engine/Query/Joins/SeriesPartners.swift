import Columnar
import QueryLang

/// Which series of two relations have the same names.
enum SeriesPartners {
    /// For each of the left names its place among the right ones; both are sorted by their bytes.
    static func find(_ left: [String], _ right: [String]) -> [Int?] {
        var next = 0
        return left.map { name in
            while next < right.count, OrderedText(right[next]) < OrderedText(name) { next += 1 }
            return next < right.count && TextBytes(right[next]) == TextBytes(name) ? next : nil
        }
    }
}
