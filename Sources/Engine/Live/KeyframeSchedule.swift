import Columnar

/// When the `book` table gets the whole book again, so that a read of history starts near its range.
///
/// Keyframes are written at each snapshot, with the first change of a day (UTC: a day is a partition), and when enough
/// changes or time have gone by since the last.
struct KeyframeSchedule: Sendable {
    /// Changes after which a keyframe is written: a reader applies them in some 10 ms, and a book of 4,000 levels adds a
    /// twelfth to the rows.
    static let changesMax = 50_000
    /// Event time after which one is written: bounds the range that a reader has to look back.
    static let intervalMax = 5 * CivilTime.minute

    private var changes = 0
    private var time: Int64?

    /// Counts changes; true if a keyframe is to follow the event.
    mutating func isDue(time now: Int64, changes count: Int) -> Bool {
        changes &+= count
        guard isDue(at: now) else { return false }
        written(time: now)
        return true
    }

    private func isDue(at now: Int64) -> Bool {
        guard let time else { return true }
        if changes >= Self.changesMax
            || CivilTime.floor(now, to: CivilTime.day) != CivilTime.floor(time, to: CivilTime.day)
        {
            return true
        }
        return now > time && now &- time >= Self.intervalMax
    }

    /// A keyframe was written.
    mutating func written(time: Int64) {
        changes = 0
        self.time = time
    }

    /// Rows were lost: the next change brings a keyframe.
    mutating func force() { time = nil }
}
