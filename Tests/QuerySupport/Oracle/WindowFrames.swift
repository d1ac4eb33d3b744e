import Columnar
import QueryLang

/// Which rows of a partition count for each of its rows.
struct WindowFrames {
    private let frame: WindowFrame
    /// The values of ORDER BY, row by row, in order.
    private let terms: [[Value]]
    private let times: [Value?]

    init(_ frame: WindowFrame, _ terms: [[Value]], _ times: [Value?]) {
        self.frame = frame
        self.terms = terms
        self.times = times
    }

    func frame(of row: Int) throws(OracleFailure) -> Range<Int> {
        let start = try start(of: row)
        let end = try end(of: row)
        return start < end ? start..<end : 0..<0
    }

    private func start(of row: Int) throws(OracleFailure) -> Int {
        switch (frame.start, frame.unit) {
        case (.unboundedPreceding, _): return 0
        case (.unboundedFollowing, _): return terms.count
        case (.currentRow, .rows): return row
        case (.preceding(let count), .rows): return clamped(Int128(row) - Int128(count))
        case (.following(let count), .rows): return clamped(Int128(row) + Int128(count))
        case (.currentRow, .range): return try firstPeer(row)
        case (.preceding(let distance), .range): return try firstRow(from: row, -Int128(distance))
        case (.following(let distance), .range): return try firstRow(from: row, Int128(distance))
        }
    }

    /// The row after the last.
    private func end(of row: Int) throws(OracleFailure) -> Int {
        switch (frame.end, frame.unit) {
        case (.unboundedPreceding, _): return 0
        case (.unboundedFollowing, _): return terms.count
        case (.currentRow, .rows): return row + 1
        case (.preceding(let count), .rows): return clamped(Int128(row) - Int128(count) + 1)
        case (.following(let count), .rows): return clamped(Int128(row) + Int128(count) + 1)
        case (.currentRow, .range): return try firstPeer(row, after: true)
        case (.preceding(let distance), .range): return try firstRow(from: row, -Int128(distance), after: true)
        case (.following(let distance), .range): return try firstRow(from: row, Int128(distance), after: true)
        }
    }

    private func clamped(_ place: Int128) -> Int { Int(max(0, min(place, Int128(terms.count)))) }

    /// The first row that is equal in ORDER BY, or the first one after those.
    private func firstPeer(_ row: Int, after: Bool = false) throws(OracleFailure) -> Int {
        for place in terms.indices {
            // What is sorted after comes later, be it larger or smaller.
            let order = try order(place, row)
            if after ? place > row && order != 0 : order == 0 { return place }
        }
        return terms.count
    }

    private func order(_ left: Int, _ right: Int) throws(OracleFailure) -> Int {
        let descending = terms[left].map { _ in false }
        return try ValueOrder.compare(terms[left], terms[right], descending: descending)
    }

    private func time(_ row: Int) throws(OracleFailure) -> Int64? {
        if terms[row].isEmpty {
            guard let time = times[row]?.integer else { throw .unknown("RANGE without a time") }
            return time
        }
        guard terms[row].count == 1 else { throw .unknown("RANGE with several terms") }
        return terms[row][0].integer
    }

    /// The first row whose time is at least `distance` after that of `row`, or more than that if `after`. Nulls come
    /// last, and are near to nothing but nulls.
    private func firstRow(from row: Int, _ distance: Int128, after: Bool = false) throws(OracleFailure) -> Int {
        guard let own = try time(row) else {
            if after { return terms.count }
            for place in terms.indices where try time(place) == nil { return place }
            return terms.count
        }
        let bound = Int128(own) + distance
        for place in terms.indices {
            guard let time = try time(place) else { return place }
            if after ? Int128(time) > bound : Int128(time) >= bound { return place }
        }
        return terms.count
    }
}
