import Columnar

/// Which right rows had arrived before a left row: those of a smaller number. Of these the last one by time is the match.
///
/// Numbers and times hardly ever go apart, so a step or two back from the last row by time finds it. Who keeps a part of the
/// rows has to know how far that may go: rows are looked at as far back as ``disorderMax``, and of the older ones the last.
struct AsofArrival {
    /// Numbers of the right rows.
    let arrivals: Buffer<Int64>
    /// Their times, ascending.
    let times: Buffer<Int64>

    /// How late a venue may tell of an event: what books allow their rows.
    static let disorderMax = BookAnchor.disorderMax

    /// The end of the rows whose last one is the match; `start` if there is none.
    ///
    /// - Parameters:
    ///   - end: after the last row that comes before the left one by time.
    ///   - start: the first row that counts.
    ///   - time: the left row's.
    ///   - seq: its number.
    @inline(__always)
    func end(_ end: Int, from start: Int, _ time: Int64, _ seq: Int64) -> Int {
        var end = end
        let (floor, overflow) = time.subtractingReportingOverflow(Self.disorderMax)
        while end > start, arrivals[end - 1] >= seq {
            if overflow || times[end - 1] < floor { return start }
            end -= 1
        }
        return end
    }
}
