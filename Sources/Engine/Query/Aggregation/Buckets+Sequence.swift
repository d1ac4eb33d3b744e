import Columnar

/// Rows of a regular series: where their buckets begin is arithmetic, and no time is looked at.
extension Buckets {
    /// Calls `body` with the bucket number and the rows of each bucket, as ``forEachRun(_:_:)`` does, of rows at `first`,
    /// `first + step`, and so on, of which the last is within Int64.
    @inline(__always)
    func forEachRun(from first: Int64, by step: Int64, count: Int, _ body: (Int64, Range<Int>) -> Void) {
        precondition(step > 0, "BUG: times of a sequence do not ascend")
        var start = 0
        // Where a bucket is a multiple of the step, all but the first and the last have as many rows.
        let each = calendar == nil && self.step % step == 0 ? Int(self.step / step) : nil
        var bucket = count > 0 ? index(first) : 0
        while start < count {
            var end = count
            if let each, start > 0 {
                end = each < count &- start ? start &+ each : count
            } else if let next = next(bucket) {
                // Later than the row, so the distance is at least 1; it may need the 64th bit.
                let distance = UInt64(bitPattern: next &- first)
                end = Int(min((distance &- 1) / UInt64(step) &+ 1, UInt64(count)))
            }
            body(bucket, start..<end)
            start = end
            guard start < count else { return }
            bucket = each == nil ? index(first &+ Int64(start) &* step) : bucket &+ 1
        }
    }
}
