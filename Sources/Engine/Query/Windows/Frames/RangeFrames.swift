import CKernels
import Columnar
import QueryLang

/// Frames that are bounded by a distance on an ascending axis, usually of time. For GROUPS the axis is the number of the
/// group of equal rows, which is counted here.
///
/// An edge is the first row whose axis reaches a target: `axis + distance` for the start of a frame, one more for the end.
/// Targets ascend as rows do, so one pass over the axis finds all edges; `tickgate_window_edges` is its loop.
final class RangeFrames: FrameFinder {
    /// From a row to the start of its frame; nil if that is the first row of the partition.
    private let startDistance: Int64?
    /// From a row to the last place of its frame; nil if that is the end of the partition.
    private let endDistance: Int64?
    private let holdsOwnRow: Bool
    private let axis = SlidingBuffer<Int64>()
    private let starts = SlidingBuffer<Int>()
    private let ends = SlidingBuffer<Int>()
    /// Rows, one after the other, that are decided; `endsAreNext` if all their frames end with themselves.
    private var segments: [(rows: Range<Int>, endsAreNext: Bool)] = []
    private(set) var decidedEnd = 0
    private var rowCount = 0
    /// No row to come is before this place.
    private var reached = Int64.min
    private var lastStart = 0
    private var lastEnd = 0
    private var isEnded = false
    /// Rows from this one on have no peers among those before them, nor among each other.
    private var peersEnd = 0

    /// Rows before this one have no value, and so do those from `nullsStart` on: they are peers, and no distance leads to
    /// them or away from them. Nulls come first in descending order, last in ascending.
    private var nullsEnd = 0
    private var nullsStart = Int.max

    /// Whether the end of a frame at its row is that row, and not the last one that is equal.
    private let endsWithRow: Bool
    /// Whether the axis is the number of the group.
    private let countsGroups: Bool
    /// The place of the last row, and the number of its group.
    private var lastPlace: Int64?
    private var group: Int64 = -1

    /// What rows without a value have on the axis, so that it ascends. Others may have it too.
    private static let nullAxis = Int64.max
    private static let firstNullAxis = Int64.min

    init(_ frame: WindowFrame) {
        startDistance = WindowFrame.distance(frame.start)
        endDistance = WindowFrame.distance(frame.end)
        holdsOwnRow = frame.holdsOwnRow
        countsGroups = frame.unit == .groups
        endsWithRow = frame.endsWithRow && frame.end == .currentRow
    }

    func beginPartition() {
        axis.reset()
        starts.reset()
        ends.reset()
        segments.removeAll(keepingCapacity: true)
        (decidedEnd, rowCount, lastStart, lastEnd, peersEnd) = (0, 0, 0, 0, 0)
        reached = .min
        isEnded = false
        (nullsEnd, nullsStart) = (0, .max)
        (lastPlace, group) = (nil, -1)
    }

    func append(axis vector: Vector?, rowCount added: Int) throws(QueryError) {
        if added == 0 { return }
        guard let vector else { throw QueryError(.bug, "BUG: a RANGE window without an axis") }
        let target = axis.extend(by: added)
        if countsGroups {
            writeGroups(of: vector, to: target)
        } else if vector.isNull {
            for index in 0..<added { target[index] = null(rowCount + index) }
        } else {
            let values = vector.int64Values
            target.initialize(from: values.base, count: added)
            withExtendedLifetime(values) {}
            if let validity = vector.validity {
                for index in 0..<added where !validity[index] { target[index] = null(rowCount + index) }
            }
        }
        let order = tickgate_window_order(target, added, TICKGATE_BEST)
        guard reached <= target[0], order & TICKGATE_TIMES_FALL == 0 else {
            throw QueryError(.bug, "BUG: rows of a RANGE window that are not in order")
        }
        if order & TICKGATE_TIMES_REPEAT != 0 || (rowCount > axis.first && target[0] == target[-1]) {
            peersEnd = rowCount + added
        }
        reached = target[added - 1]
        rowCount += added
        decide()
    }

    func advance(to place: Int64) {
        var place = place
        if countsGroups {
            guard let lastPlace, place > lastPlace else { return }
            place = group + 1
        }
        if place <= reached { return }
        reached = place
        decide()
    }

    func endPartition() {
        if isEnded { return }
        isEnded = true
        decide()
    }

    func runs(_ rows: Range<Int>) -> [FrameRun] {
        var runs: [FrameRun] = []
        for segment in segments where segment.rows.overlaps(rows) {
            let part = segment.rows.clamped(to: rows)
            let row = part.lowerBound
            let start: FrameEdge = startDistance == nil ? .fixed(0) : .listed(starts.pointer(to: row))
            let end: FrameEdge =
                if endDistance == nil {
                    .fixed(rowCount)
                } else if segment.endsAreNext {
                    .shifted(row + 1)
                } else {
                    .listed(ends.pointer(to: row))
                }
            runs.append(FrameRun(rows: part, start: start, end: end, holdsOwnRow: holdsOwnRow))
        }
        return runs
    }

    func release(before row: Int) -> FrameFloor {
        let first = runs(row..<row + 1).first
        starts.forget(before: row)
        ends.forget(before: row)
        segments.removeAll { $0.rows.upperBound <= row }
        return FrameFloor(
            row: row,
            start: startDistance == nil ? nil : first?.start[0] ?? lastStart,
            end: endDistance == nil ? rowCount : first?.end[0] ?? lastEnd
        )
    }

    var byteCount: Int { axis.byteCount + starts.byteCount + ends.byteCount }
}

extension RangeFrames {
    /// Notes a row without a value, and gives what it has on the axis.
    private func null(_ row: Int) -> Int64 {
        if row == nullsEnd {
            nullsEnd = row + 1
            return Self.firstNullAxis
        }
        nullsStart = min(nullsStart, row)
        return Self.nullAxis
    }

    /// Writes the number of the group of each row: one more wherever the place is another, null being a place.
    private func writeGroups(of vector: Vector, to target: UnsafeMutablePointer<Int64>) {
        let isNull = vector.isNull
        let values = isNull ? nil : vector.int64Values
        for index in 0..<vector.count {
            let isValid = !isNull && vector.validity?[index] ?? true
            let place = isValid ? values?.base[index] : nil
            if group < 0 || place != lastPlace { group += 1 }
            lastPlace = place
            target[index] = group
        }
        withExtendedLifetime(values) {}
    }

    /// Finds the frames that the rows so far decide.
    private func decide() {
        let rows = decidedEnd..<decidable()
        if rows.isEmpty { return }
        if startDistance != nil {
            lastStart = findEdges(of: rows, from: lastStart, distance: startDistance, isEnd: false, starts)
        }
        var endsAreNext = false
        if endDistance == 0 {
            endsAreNext = endsWithRow || findPeers(rows)
            lastEnd = rows.upperBound
        } else if endDistance != nil {
            lastEnd = findEdges(of: rows, from: lastEnd, distance: endDistance, isEnd: true, ends)
        }
        if let last = segments.last, last.endsAreNext == endsAreNext {
            segments[segments.count - 1].rows = last.rows.lowerBound..<rows.upperBound
        } else {
            segments.append((rows, endsAreNext))
        }
        decidedEnd = rows.upperBound
        // What follows looks from the last edges on, and from the next row.
        let bounds = [startDistance == nil ? nil : lastStart, endDistance == nil ? nil : lastEnd, decidedEnd]
        axis.forget(before: bounds.compactMap(\.self).min() ?? decidedEnd)
    }

    /// The first row whose frame may hold rows that have not come.
    private func decidable() -> Int {
        if isEnded { return rowCount }
        guard endDistance != nil else { return decidedEnd }
        if endsWithRow { return rowCount }
        var (low, high) = (decidedEnd, rowCount)
        while low < high {
            let middle = (low + high) / 2
            let isDecided =
                if middle < nullsEnd {
                    rowCount > nullsEnd
                } else {
                    middle < nullsStart && endTarget(axis[middle]).map { $0 <= reached } ?? false
                }
            if isDecided {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    private func endTarget(_ place: Int64) -> Int64? { Self.target(place, endDistance ?? 0, isEnd: true) }

    /// Where an edge lies; nil if that is after all places.
    private static func target(_ place: Int64, _ distance: Int64, isEnd: Bool) -> Int64? {
        let (target, overflow) = place.addingReportingOverflow(distance)
        if overflow { return distance > 0 ? nil : .min }
        if isEnd { return target < .max ? target + 1 : nil }
        return target
    }

    /// Axis and distances below this neither overflow when added nor when subtracted after that.
    private static let fastMax: Int64 = 1 << 61

    /// Appends the edges of rows to a list and returns the last; `from` is at or before the first.
    private func findEdges(
        of rows: Range<Int>,
        from: Int,
        distance: Int64?,
        isEnd: Bool,
        _ edges: SlidingBuffer<Int>
    ) -> Int {
        let distance = distance ?? 0
        if edges.count == 0 { edges.reset(at: rows.lowerBound) }
        let target = edges.extend(by: rows.count)
        let first = axis.first
        let last = axis[rowCount - 1]
        if axis[first] > -Self.fastMax, last < Self.fastMax, distance.magnitude < Self.fastMax {
            // A place past the end stops the loop; it is taken back at once.
            axis.append(last + max(distance, 0) + 2)
            tickgate_window_edges(
                axis.pointer(to: first),
                first,
                rows.lowerBound,
                rows.upperBound,
                from,
                rowCount,
                isEnd ? distance + 1 : distance,
                target
            )
            axis.removeLast()
        } else {
            let placesEnd = min(nullsStart, rowCount)
            var edge = from
            for row in rows {
                if row < nullsEnd {
                    edge = isEnd ? nullsEnd : 0
                } else if row >= nullsStart {
                    edge = isEnd ? rowCount : nullsStart
                } else if let wanted = Self.target(axis[row], distance, isEnd: isEnd) {
                    edge = max(edge, nullsEnd)
                    while edge < placesEnd, axis[edge] < wanted { edge += 1 }
                } else {
                    edge = placesEnd
                }
                target[row - rows.lowerBound] = edge
            }
        }
        return target[rows.count - 1]
    }

    /// Appends the ends of frames that end with the peers of their row. True, and the list is not filled, if no row has any.
    private func findPeers(_ rows: Range<Int>) -> Bool {
        if ends.count == 0 { ends.reset(at: rows.lowerBound) }
        let target = ends.extend(by: rows.count)
        if rows.lowerBound >= peersEnd { return true }
        let places = axis.pointer(to: rows.lowerBound)
        var end = rows.upperBound
        for index in stride(from: rows.count - 1, through: 0, by: -1) {
            target[index] = end
            // The row before ends here unless it is a peer.
            let row = rows.lowerBound + index
            if index > 0, places[index - 1] != places[index] || row == nullsStart || row == nullsEnd { end = row }
        }
        return false
    }
}

extension RangeFrames {
    func encode(into writer: inout FoldStateWriter) {
        axis.encode(into: &writer)
        for place in [lastStart, lastEnd, peersEnd, nullsEnd, nullsStart] { writer.write(Int64(place)) }
        writer.write(reached)
        writer.write(lastPlace != nil)
        writer.write(lastPlace ?? 0)
        writer.write(group)
    }

    func decode(from reader: inout FoldStateReader, rowCount: Int) throws(FoldStateError) {
        beginPartition()
        try axis.decode(from: &reader, end: rowCount)
        let limit = rowCount
        lastStart = try reader.readNumber(upTo: limit)
        lastEnd = try reader.readNumber(upTo: limit)
        peersEnd = try reader.readNumber(upTo: limit)
        nullsEnd = try reader.readNumber(upTo: limit)
        let nulls = try reader.readNumber(upTo: .max)
        guard nulls == .max || nulls <= limit else { throw .malformed }
        nullsStart = nulls
        reached = try reader.readInt64()
        let hasPlace = try reader.readBool()
        let place = try reader.readInt64()
        lastPlace = hasPlace ? place : nil
        group = try reader.readInt64()
        self.rowCount = rowCount
        decidedEnd = rowCount
        // What the search for the next edges reads.
        let needed = min(startDistance == nil ? rowCount : lastStart, endDistance == nil ? rowCount : lastEnd)
        guard axis.first <= needed, group >= -1, group < .max - (1 << 32), isAscending else { throw .malformed }
    }

    /// Whether no place is after one that follows it, and none after what was reached.
    private var isAscending: Bool {
        guard axis.count > 0 else { return true }
        let places = UnsafeBufferPointer(start: axis.pointer(to: axis.first), count: axis.count)
        var order = 0
        for index in 1..<max(places.count, 1) { order |= places[index - 1] > places[index] ? 1 : 0 }
        return order == 0 && places[places.count - 1] <= reached
    }
}
