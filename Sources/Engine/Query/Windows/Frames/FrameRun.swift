/// Where the frames of consecutive rows begin, or where they end: for each the number of a row of its partition. These
/// numbers never fall from a row to the next.
enum FrameEdge {
    /// The same for all.
    case fixed(Int)
    /// That of the first row; with each row one more.
    case shifted(Int)
    /// One for each.
    case listed(UnsafePointer<Int>)

    /// The edge of the row at an index.
    @inline(__always)
    subscript(index: Int) -> Int {
        switch self {
        case .fixed(let place): place
        case .shifted(let place): place &+ index
        case .listed(let places): places[index]
        }
    }

    /// The edges from a row on.
    func advanced(by count: Int) -> FrameEdge {
        switch self {
        case .fixed: self
        case .shifted(let place): .shifted(place + count)
        case .listed(let places): .listed(places + count)
        }
    }

    /// The edges of `count` rows in memory: where they lie, or written to `scratch`.
    func places(count: Int, scratch: Scratch<Int>) -> UnsafePointer<Int> {
        if case .listed(let places) = self { return places }
        let target = scratch.room(count)
        switch self {
        case .fixed(let place): target.initialize(repeating: place, count: count)
        case .shifted(let place): for index in 0..<count { target[index] = place &+ index }
        case .listed: break
        }
        return UnsafePointer(target)
    }
}

/// Rows within frames that do not count.
struct FrameHole {
    /// The first of them for each row.
    var start: FrameEdge
    /// The row after the last of them.
    var end: FrameEdge
    /// Whether the row that a frame is of counts all the same.
    var keepsOwnRow: Bool

    /// The holes from a row on.
    func advanced(by count: Int) -> FrameHole {
        FrameHole(start: start.advanced(by: count), end: end.advanced(by: count), keepsOwnRow: keepsOwnRow)
    }
}

/// The frames of consecutive rows of a partition, whose rows are numbered from 0: each holds the rows from its start up to,
/// but not including, its end, which is never before the start.
struct FrameRun {
    /// The rows whose frames these are. Not empty.
    var rows: Range<Int>
    /// Where frames begin.
    var start: FrameEdge
    /// Where frames end.
    var end: FrameEdge
    /// Whether every frame holds the row that it is of.
    var holdsOwnRow: Bool
    /// The rows in the frames that do not count; nil if all do.
    var hole: FrameHole?

    /// How many rows.
    var count: Int { rows.count }

    /// Some of the rows, counted from the first.
    func part(_ range: Range<Int>) -> FrameRun {
        FrameRun(
            rows: rows.lowerBound + range.lowerBound..<rows.lowerBound + range.upperBound,
            start: start.advanced(by: range.lowerBound),
            end: end.advanced(by: range.lowerBound),
            holdsOwnRow: holdsOwnRow,
            hole: hole?.advanced(by: range.lowerBound)
        )
    }

    /// The rows of a frame that count, in their order: those before the hole, the row itself if it stays in the hole, and
    /// those after it.
    func parts(_ index: Int) -> (Range<Int>, Range<Int>, Range<Int>) {
        let (start, end) = (start[index], end[index])
        guard let hole else { return (start..<end, end..<end, end..<end) }
        let first = min(max(hole.start[index], start), end)
        let last = min(max(hole.end[index], first), end)
        let row = rows.lowerBound + index
        let isKept = hole.keepsOwnRow && row >= first && row < last
        return (start..<first, isKept ? row..<row + 1 : first..<first, last..<end)
    }

    /// The same frames in runs of at most so many rows.
    func split(rowsMax: Int) -> [FrameRun] {
        if count <= rowsMax { return [self] }
        return stride(from: 0, to: count, by: rowsMax).map { part($0..<min($0 + rowsMax, count)) }
    }

    /// From the start of the first frame to the end of the last: all rows of all frames.
    var span: Range<Int> { start[0]..<end[count &- 1] }

    /// The number of rows of the longest frame.
    func longest() -> Int {
        switch (start, end) {
        case (.fixed(let start), .fixed(let end)), (.shifted(let start), .shifted(let end)): return end &- start
        case (.fixed(let start), .shifted(let end)): return end &+ count &- 1 &- start
        case (.shifted(let start), .fixed(let end)): return end &- start
        case (.listed(let starts), .shifted(let end)):
            var longest = 0
            for index in 0..<count { longest = max(longest, end &+ index &- starts[index]) }
            return longest
        case (.listed, _), (_, .listed):
            var longest = 0
            for index in 0..<count { longest = max(longest, end[index] &- start[index]) }
            return longest
        }
    }

    /// Writes how many rows each frame has. A loop of its own for each common pair of edges, which vectors can do.
    func lengths(into target: UnsafeMutablePointer<Int>) {
        switch (start, end) {
        case (.fixed(let start), .shifted(let end)): for index in 0..<count { target[index] = end &+ index &- start }
        case (.listed(let starts), .shifted(let end)):
            for index in 0..<count { target[index] = end &+ index &- starts[index] }
        case (.listed(let starts), .listed(let ends)):
            for index in 0..<count { target[index] = ends[index] &- starts[index] }
        default: for index in 0..<count { target[index] = end[index] &- start[index] }
        }
    }
}

/// What the frames of rows to come cannot hold any more.
struct FrameFloor {
    /// The first row to come.
    var row: Int
    /// No frame to come begins before this row; nil if all begin with the first row of the partition.
    var start: Int?
    /// No frame to come ends before this row.
    var end: Int

    /// The first row that matters to whoever needs the rows of frames.
    var firstRow: Int { start ?? 0 }
    /// The first row that matters to whoever needs running sums at the edges of frames.
    var firstEdge: Int { min(start ?? end, end) }
}
