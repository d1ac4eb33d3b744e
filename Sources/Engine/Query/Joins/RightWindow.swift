import Columnar
import QueryLang

/// The part of a right series that windows may reach into: moves forward with them.
final class RightWindow {
    /// A batch of the series.
    private struct Part {
        let rows: TimedRows
        let chunk: WindowChunk
        let bytes: Int

        init(_ batch: RowBatch, bytesPerRow: Int) {
            let rows = TimedRows(batch)
            self.rows = rows
            chunk = WindowChunk(batch, types: (0..<batch.source.columnCount).map(batch.source.type)) {
                () throws(QueryError) in try batch.times()
            }
            bytes = batch.rowCount * bytesPerRow
        }
    }

    private let input: (any RowSource)?
    private let hasPrevailing: Bool
    private let heldBytes: HeldBytes
    /// In order. Rows before the first of them are in no window to come.
    private var parts: [Part] = []
    private var isExhausted = false

    /// - Parameter hasPrevailing: whether the last row before a window counts too.
    init(_ input: (any RowSource)?, hasPrevailing: Bool, _ context: ExecutionContext) {
        self.input = input
        self.hasPrevailing = hasPrevailing
        heldBytes = HeldBytes(context)
    }

    /// Lets go of everything: there are no more windows.
    func close() throws(QueryError) {
        parts = []
        isExhausted = true
        try heldBytes.set(0)
    }

    /// The rows in windows, which begin and end in ascending order, no earlier than those before.
    ///
    /// - Parameter bytesPerRow: what a row takes while it is held.
    func spans(_ windows: WindowBounds, bytesPerRow: Int) throws(QueryError) -> [WindowSpan] {
        let count = windows.lower.count
        try load(from: windows.lower[0], to: windows.upper[count - 1], bytesPerRow)
        var spans: [WindowSpan] = []
        var start = 0
        for (place, part) in parts.enumerated() {
            // Windows before end before this part; those from `end` on begin after the first row of the next one.
            start = try part.rows.firstPlace(in: windows.upper, from: start, isStrict: false)
            if start == count { break }
            var end = count
            if place + 1 < parts.count {
                end = try parts[place + 1].rows.firstPlace(in: windows.lower, from: start, isStrict: true)
                while start < end, windows.beginsAfterTime(end - 1) { end -= 1 }
            }
            if start < end { spans.append(try span(part, windows, start..<end)) }
        }
        return spans
    }

    /// Holds the batches with rows of these times, and with the last row before.
    private func load(from first: Int64, to last: Int64, _ bytesPerRow: Int) throws(QueryError) {
        try drop(before: first)
        while !isExhausted {
            guard let input, let time = try input.peekTime() else {
                isExhausted = true
                break
            }
            if time > last { break }
            guard let batch = try input.next() else { continue }
            parts.append(Part(batch, bytesPerRow: bytesPerRow))
            try drop(before: first)
            try heldBytes.set(parts.reduce(0) { $0 + $1.bytes })
        }
    }

    /// Lets go of the parts whose rows no window reaches that begins at a time or later.
    private func drop(before first: Int64) throws(QueryError) {
        var count = 0
        if hasPrevailing {
            while count + 1 < parts.count, try parts[count + 1].rows.begins({ $0 < first }) { count += 1 }
        } else {
            while count < parts.count, try parts[count].rows.ends({ $0 < first }) { count += 1 }
        }
        parts.removeFirst(count)
    }

    private func span(_ part: Part, _ windows: WindowBounds, _ range: Range<Int>) throws(QueryError) -> WindowSpan {
        let times = try part.rows.times()
        let before = TimeMerge.counts(windows.lower.slice(range), times, isStrict: true)
        let ends = TimeMerge.counts(windows.upper.slice(range), times, isStrict: false)
        let isWithinTime = !windows.endsBeforeTime(range.lowerBound) && !windows.beginsAfterTime(range.upperBound - 1)
        if !hasPrevailing, isWithinTime {
            return WindowSpan(chunk: part.chunk, leftRows: range, starts: before, ends: ends)
        }
        let count = UInt32(truncatingIfNeeded: times.count)
        let starts = Buffer<UInt32>.filled(count: range.count) { target in
            for row in 0..<range.count {
                let first = windows.beginsAfterTime(range.lowerBound + row) ? count : before[row]
                target[row] = hasPrevailing && first > 0 ? first &- 1 : first
            }
        }
        if isWithinTime { return WindowSpan(chunk: part.chunk, leftRows: range, starts: starts, ends: ends) }
        let reached = Buffer<UInt32>.filled(count: range.count) { target in
            for row in 0..<range.count {
                target[row] = windows.endsBeforeTime(range.lowerBound + row) ? 0 : ends[row]
            }
        }
        return WindowSpan(chunk: part.chunk, leftRows: range, starts: starts, ends: reached)
    }
}
