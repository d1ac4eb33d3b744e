import Columnar
import QueryLang

/// Which rows of a partition count for each of its rows.
struct WindowFrames {
    private let frame: WindowFrame
    /// The values of ORDER BY, row by row, in order.
    private let terms: [[Value]]
    private let times: [Value?]
    /// Whether the first term descends.
    private let isDescending: Bool

    init(_ frame: WindowFrame, _ terms: [[Value]], _ times: [Value?], isDescending: Bool) {
        self.frame = frame
        self.isDescending = isDescending
        self.terms = terms
        self.times = times
    }

    /// The rows of a frame that count.
    func rows(of row: Int) throws(OracleFailure) -> [Int] {
        let all = try frame(of: row)
        let peers = try peers(of: row)
        return all.filter { place in
            switch frame.exclusion {
            case .noOthers: true
            case .currentRow: place != row
            case .group: !peers.contains(place)
            case .ties: place == row || !peers.contains(place)
            }
        }
    }

    /// The rows that are equal in ORDER BY.
    func peers(of row: Int) throws(OracleFailure) -> Range<Int> {
        try firstPeer(row)..<(try firstPeer(row, after: true))
    }

    private func frame(of row: Int) throws(OracleFailure) -> Range<Int> {
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
        case (.currentRow, .range), (.currentRow, .groups): return try firstPeer(row)
        case (.preceding(let count), .groups): return try group(row, -count).lowerBound
        case (.following(let count), .groups): return try group(row, count).lowerBound
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
        case (.currentRow, .range) where frame.endsWithRow: return row + 1
        case (.currentRow, .range), (.currentRow, .groups): return try firstPeer(row, after: true)
        case (.preceding(let count), .groups): return try group(row, -count).upperBound
        case (.following(let count), .groups): return try group(row, count).upperBound
        case (.preceding(let distance), .range): return try firstRow(from: row, -Int128(distance), after: true)
        case (.following(let distance), .range): return try firstRow(from: row, Int128(distance), after: true)
        }
    }

    /// The rows of a group so many groups away; none at the end that it would be beyond.
    private func group(_ row: Int, _ distance: Int64) throws(OracleFailure) -> Range<Int> {
        var peers = try peers(of: row)
        for _ in 0..<distance.magnitude {
            if distance < 0 {
                if peers.lowerBound == 0 { return 0..<0 }
                peers = try self.peers(of: peers.lowerBound - 1)
            } else {
                if peers.upperBound == terms.count { return terms.count..<terms.count }
                peers = try self.peers(of: peers.upperBound)
            }
        }
        return peers
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

    /// The first row that is at least `distance` after `row` in the window's order, or more than that if `after`. Nulls are
    /// near to nothing but nulls.
    private func firstRow(from row: Int, _ distance: Int128, after: Bool = false) throws(OracleFailure) -> Int {
        guard let own = try time(row) else {
            return after ? try peers(of: row).upperBound : try peers(of: row).lowerBound
        }
        var firstValue = terms.count
        for place in terms.indices.reversed() where try time(place) != nil { firstValue = place }
        for place in firstValue..<terms.count {
            guard let time = try time(place) else { return place }
            let ahead = isDescending ? Int128(own) - Int128(time) : Int128(time) - Int128(own)
            if after ? ahead > distance : ahead >= distance { return place }
        }
        return terms.count
    }
}
