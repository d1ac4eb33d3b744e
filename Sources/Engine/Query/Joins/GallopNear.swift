extension Gallop {
    /// The first index of a range for which `holds` is false; it is true before and false from there on.
    ///
    /// - Parameters:
    ///   - times: at least as many as the range's end.
    ///   - hint: where the answer may be, in the range or at its end; the farther it is away, the longer it takes.
    @inline(__always)
    static func end(
        in times: UnsafePointer<Int64>,
        _ range: Range<Int>,
        near hint: Int,
        where holds: (Int64) -> Bool
    ) -> Int {
        var lower = hint
        var upper = hint
        var step = 1
        if hint < range.upperBound, holds(times[hint]) {
            lower = hint + 1
            while lower + step <= range.upperBound, holds(times[lower + step - 1]) {
                lower += step
                step *= 2
            }
            upper = min(lower + step - 1, range.upperBound)
        } else {
            while upper - step >= range.lowerBound, !holds(times[upper - step]) {
                upper -= step
                step *= 2
            }
            lower = max(upper - step + 1, range.lowerBound)
        }
        while lower < upper {
            let middle = (lower + upper) / 2
            if holds(times[middle]) { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
