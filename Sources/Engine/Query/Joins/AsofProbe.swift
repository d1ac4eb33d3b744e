import Columnar
import QueryLang

/// ASOF and LT JOIN over held rows: with each left row the last right row of its key that comes before it.
///
/// Left rows may come in any order; looking near the match of the row before makes it cheap if they come by time.
final class AsofProbe: JoinProbe {
    private let held: HeldRows
    private let timeColumn: Int
    private let tolerance: Int64?
    private let isStrict: Bool
    private let arrival: BoundJoin.Key?
    private let arrivals: Buffer<Int64>?
    /// For each key the end of the rows that came before its last left row.
    private var hints: [Int]
    private var joined: RecordBatch?

    init(_ held: HeldRows, _ timeColumn: Int, tolerance: Int64?, isStrict: Bool, _ arrival: BoundJoin.Key?) {
        self.arrival = arrival
        self.arrivals = arrival.map { held.columns[$0.right].int64Values }
        self.held = held
        self.timeColumn = timeColumn
        self.tolerance = tolerance
        self.isStrict = isStrict
        self.hints = (0..<held.groupCount).map { held.rows(of: UInt32($0)).lowerBound }
    }

    func begin(_ rows: LeftRows) {
        let times = rows.batch.columns[timeColumn].int64Values
        let own = arrival.map { rows.batch.columns[$0.left].int64Values }
        let matches = Buffer<UInt32>.filled(count: rows.rowCount) { target in
            for row in 0..<rows.rowCount { target[row] = match(rows.groups[row], times[row], own?[row]) }
        }
        let partners = Partners(matches)
        joined = RecordBatch(
            columns: rows.batch.columns + held.columns.map(partners.gather),
            rowCount: rows.rowCount
        )
    }

    func next() -> RecordBatch? {
        defer { joined = nil }
        return joined
    }

    @inline(__always)
    private func match(_ group: UInt32, _ time: Int64, _ seq: Int64?) -> UInt32 {
        if group == JoinKeys.none { return Partners.none }
        let range = held.rows(of: group)
        let times = held.times.base
        var end = Gallop.end(in: times, range, near: hints[Int(group)]) { isStrict ? $0 < time : $0 <= time }
        hints[Int(group)] = end
        if let arrivals, let seq {
            end = AsofArrival(arrivals: arrivals, times: held.times).end(end, from: range.lowerBound, time, seq)
        }
        guard end > range.lowerBound else { return Partners.none }
        if let tolerance {
            let (distance, overflow) = time.subtractingReportingOverflow(times[end - 1])
            if overflow || distance > tolerance { return Partners.none }
        }
        return UInt32(truncatingIfNeeded: end - 1)
    }
}
