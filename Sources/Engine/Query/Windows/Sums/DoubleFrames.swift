import Columnar

/// Sums of doubles over frames, each computed from the values of the frame alone: what has left a window leaves no rounding
/// error, infinity or NaN behind.
///
/// Two stacks (Tangwongsan, Hirzel and Schneider, "Low-latency sliding-window aggregation in worst-case constant time",
/// 2017, §3.1): rows before a middle have a sum from each of them up to the middle, rows after it have one running sum; the
/// sum of a frame is one of the former plus the latter. When the start of a frame passes the middle, the end of that frame
/// becomes the middle. So each row is added twice, and where middles lie depends on the frames alone, not on batches.
///
/// Values that are not finite are counted beside the sums, in which they are 0.
final class DoubleFrames {
    /// How many of the rows have a double.
    let counts = ValueCounts()
    /// The doubles, and 0 for rows without one. Empty until there is a double.
    private let values = SlidingBuffer<Double>()
    /// No frame to come holds a row before this one.
    private var first = 0
    private let special = SpecialCounts()
    private let startsWithPartition: Bool
    /// Sums from each row of the older half up to the middle, and a zero for the middle.
    private let suffixes = SlidingBuffer<CompensatedSum>()
    private var middle = 0
    /// The sum from the middle up to `end`.
    private var running = CompensatedSum()
    private var end = 0
    /// Whether the middle is of any use: not after a frame without a value, since such frames may not be asked for at all.
    private var hasMiddle = false
    private let startScratch = Scratch<Int>()
    private let endScratch = Scratch<Int>()

    init(startsWithPartition: Bool) { self.startsWithPartition = startsWithPartition }

    /// Forgets everything.
    func reset() {
        counts.reset()
        values.reset()
        special.reset()
        suffixes.reset()
        (first, middle, end) = (0, 0, 0)
        running = CompensatedSum()
        hasMiddle = false
        if startsWithPartition { beginWithPartition() }
    }

    var byteCount: Int { counts.byteCount + values.byteCount + special.byteCount + suffixes.byteCount }

    /// One running sum does for frames that all begin with the first row.
    private func beginWithPartition() {
        suffixes.reset()
        suffixes.append(CompensatedSum())
        hasMiddle = true
    }

    /// Takes the next rows.
    func append(_ doubles: Buffer<Double>, validity: Validity?) {
        let count = doubles.count
        if count == 0 { return }
        let source = doubles.base
        if counts.isNone {
            values.reset(at: first)
            values.extend(by: counts.rowCount - first).initialize(repeating: 0, count: counts.rowCount - first)
        }
        let target = values.extend(by: count)
        if let validity {
            for index in 0..<count { target[index] = validity[index] ? source[index] : 0 }
        } else {
            target.initialize(from: source, count: count)
        }
        withExtendedLifetime(doubles) {}
        special.append(target, count)
        counts.append(validity, count: count)
    }

    /// Takes rows without a double.
    func appendNothing(_ count: Int) {
        if !counts.isNone { values.extend(by: count).initialize(repeating: 0, count: count) }
        special.appendNothing(count)
        counts.appendNone(count)
    }

    /// Frames to come are above a floor.
    func release(_ floor: FrameFloor) {
        if startsWithPartition {
            if counts.isNone { end = max(end, floor.end) } else { advance(to: floor.end) }
            first = end
        } else {
            first = max(first, min(floor.firstRow, counts.rowCount))
            suffixes.forget(before: first)
        }
        values.forget(before: first)
        special.forget(before: floor.firstEdge)
        counts.forget(before: floor.firstEdge)
    }

    /// Frames without a double were passed by.
    func skip() {
        if !startsWithPartition { hasMiddle = false }
    }

    /// Writes the sums of frames; of those without a double, anything.
    func sums(_ run: FrameRun, _ counts: FrameCounts, into target: UnsafeMutablePointer<Double>) {
        let starts = run.start.places(count: run.count, scratch: startScratch)
        let ends = run.end.places(count: run.count, scratch: endScratch)
        // In locals: the compiler cannot know that nothing else changes the state.
        let source = values.pointer(to: values.first) - values.first
        var older = suffixes.pointer(to: suffixes.first) - suffixes.first
        var (running, end) = (running, end)
        for index in 0..<run.count {
            if !startsWithPartition {
                if counts[index] == 0 {
                    hasMiddle = false
                    continue
                }
                if !hasMiddle || starts[index] > middle {
                    makeMiddle(starts[index], ends[index])
                    older = suffixes.pointer(to: suffixes.first) - suffixes.first
                    (running, end) = (CompensatedSum(), ends[index])
                }
            }
            while end < ends[index] {
                running.add(source[end])
                end &+= 1
            }
            target[index] = CompensatedSum.total(older[starts[index]], running)
        }
        (self.running, self.end) = (running, end)
        special.apply(run, target)
    }

    /// Makes the end of a frame the middle.
    private func makeMiddle(_ start: Int, _ end: Int) {
        suffixes.reset(at: start)
        let target = suffixes.extend(by: end - start + 1)
        let source = values.pointer(to: start)
        var sum = CompensatedSum()
        target[end - start] = sum
        for index in stride(from: end - start - 1, through: 0, by: -1) {
            sum.add(source[index])
            target[index] = sum
        }
        running = CompensatedSum()
        middle = end
        self.end = end
        hasMiddle = true
    }

    @inline(__always)
    private func advance(to row: Int) {
        while end < row {
            running.add(values[end])
            end &+= 1
        }
    }
}

/// How many values of frames are NaN or infinite.
private final class SpecialCounts {
    private let nans = ValueCounts()
    private let positives = ValueCounts()
    private let negatives = ValueCounts()

    private var isNone: Bool { nans.isNone && positives.isNone && negatives.isNone }

    var byteCount: Int { nans.byteCount + positives.byteCount + negatives.byteCount }

    func reset() {
        nans.reset()
        positives.reset()
        negatives.reset()
    }

    /// Takes rows, and sets to 0 those that are not finite.
    func append(_ values: UnsafeMutablePointer<Double>, _ count: Int) {
        var specialCount = 0
        for index in 0..<count { specialCount &+= values[index] - values[index] == 0 ? 0 : 1 }
        if specialCount == 0 { return appendNothing(count) }
        nans.append(count) { values[$0].isNaN }
        positives.append(count) { values[$0] == .infinity }
        negatives.append(count) { values[$0] == -.infinity }
        for index in 0..<count where !values[index].isFinite { values[index] = 0 }
    }

    func appendNothing(_ count: Int) {
        nans.appendNone(count)
        positives.appendNone(count)
        negatives.appendNone(count)
    }

    func forget(before row: Int) {
        nans.forget(before: row)
        positives.forget(before: row)
        negatives.forget(before: row)
    }

    /// Puts what IEEE 754 says in place of the sums of frames that hold such values.
    func apply(_ run: FrameRun, _ target: UnsafeMutablePointer<Double>) {
        if isNone { return }
        let nans = nans.counts(run)
        let positives = positives.counts(run)
        let negatives = negatives.counts(run)
        for index in 0..<run.count {
            if nans[index] > 0 || (positives[index] > 0 && negatives[index] > 0) {
                target[index] = .nan
            } else if positives[index] > 0 {
                target[index] = .infinity
            } else if negatives[index] > 0 {
                target[index] = -.infinity
            }
        }
    }
}

extension DoubleFrames {
    func encode(into writer: inout FoldStateWriter) {
        counts.encode(into: &writer)
        special.encode(into: &writer)
        for place in [first, middle, end] { writer.write(Int64(place)) }
        writer.write(hasMiddle)
        writer.write(running.high)
        writer.write(running.low)
        // What is not used is not worth its bytes.
        if !counts.isNone { values.encode(into: &writer) }
        if hasMiddle { suffixes.encode(into: &writer) }
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        reset()
        let (end, floor) = (rows.rowCount, rows.floor)
        try counts.decode(from: &reader, rowCount: end, floor: floor.firstEdge)
        try special.decode(from: &reader, rowCount: end, floor: floor.firstEdge)
        first = try reader.readNumber(upTo: end)
        middle = try reader.readNumber(upTo: end)
        self.end = try reader.readNumber(upTo: end)
        hasMiddle = try reader.readBool()
        running.high = try reader.readDouble()
        running.low = try reader.readDouble()
        guard hasMiddle || !startsWithPartition, first <= (startsWithPartition ? self.end : floor.firstRow) else {
            throw .malformed
        }
        if !counts.isNone {
            try values.decode(from: &reader, end: end)
            guard values.first <= first, values.first <= self.end || !hasMiddle else { throw .malformed }
        }
        if hasMiddle { try decodeSuffixes(from: &reader, floor) }
    }

    private func decodeSuffixes(from reader: inout FoldStateReader, _ floor: FrameFloor) throws(FoldStateError) {
        try suffixes.decode(from: &reader, end: middle + 1)
        // A frame that begins after the middle makes another; one before it reads from its start up to the middle.
        guard middle <= end, suffixes.first <= floor.firstRow || floor.firstRow > middle else { throw .malformed }
    }
}

extension SpecialCounts {
    fileprivate func encode(into writer: inout FoldStateWriter) {
        for counts in [nans, positives, negatives] { counts.encode(into: &writer) }
    }

    fileprivate func decode(from reader: inout FoldStateReader, rowCount: Int, floor: Int) throws(FoldStateError) {
        for counts in [nans, positives, negatives] {
            try counts.decode(from: &reader, rowCount: rowCount, floor: floor)
        }
    }
}
