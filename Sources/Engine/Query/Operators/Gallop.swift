/// Search in ascending times: cheap if the answer is near, and never more than twice a binary search.
enum Gallop {
    /// The first index from `start` on for which `holds` is false; it is true before and false from there on.
    @inline(__always)
    static func end(
        in times: UnsafeBufferPointer<Int64>,
        from start: Int,
        where holds: (Int64) -> Bool
    ) -> Int {
        var lower = start
        var step = 1
        while lower + step <= times.count, holds(times[lower + step - 1]) {
            lower += step
            step *= 2
        }
        var upper = min(lower + step - 1, times.count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if holds(times[middle]) { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
