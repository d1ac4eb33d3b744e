/// The clock of a time zone: how far its wall clock is ahead of UTC, at every instant that Int64 nanoseconds reach.
///
/// The value is the list of all changes of the offset. What a zone file says by a rule for the years after its table
/// is written out up to the year 2262, so that a look-up is one binary search for all years.
///
/// A wall clock that is put forward leaves a *gap*, readings that never show; put back, it makes an *overlap*, readings
/// that show twice. ``utc(ofLocal:)`` reads both by the offset before the change: a reading in a gap is shifted forward by
/// the length of the gap, one in an overlap means the earlier of its instants.
///
/// Invariants: `starts` rises strictly; there is one offset more than there are starts.
public struct ZoneRules: Sendable, Hashable {
    /// The name that the rules were asked for by.
    public let name: String

    /// Instants at which the offset changes, in nanoseconds since the epoch.
    let starts: [Int64]
    /// Offsets in nanoseconds: `offsets[0]` before the first start, `offsets[i]` from `starts[i - 1]` on.
    let offsets: [Int64]

    /// A stretch of time with one offset.
    public struct Span: Sendable, Hashable {
        /// Its first instant; `Int64.min` if it has none.
        public let start: Int64
        /// The first instant after it; `Int64.max` if it has none.
        public let end: Int64
        /// Nanoseconds by which the wall clock is ahead of UTC.
        public let offset: Int64

        /// Whether an instant lies in it.
        @inlinable
        public func contains(_ time: Int64) -> Bool { time >= start && (time < end || end == .max) }
    }

    /// A clock that is always the same number of nanoseconds ahead of UTC.
    public init(name: String, offset: Int64) {
        self.name = name
        starts = []
        offsets = [offset]
    }

    /// Coordinated Universal Time.
    public static let utc = ZoneRules(name: "UTC", offset: 0)

    /// A clock whose offset changes at some instants; changes to the same offset are dropped.
    init(name: String, initial: Int64, changes: [(start: Int64, offset: Int64)]) {
        self.name = name
        var starts: [Int64] = []
        var offsets = [initial]
        for (place, change) in changes.enumerated() where change.offset != offsets[offsets.count - 1] {
            // Summer time all year long ends and begins again at one instant; the later of the two counts.
            if place + 1 < changes.count, changes[place + 1].start <= change.start { continue }
            starts.append(change.start)
            offsets.append(change.offset)
        }
        self.starts = starts
        self.offsets = offsets
        assert(offsets.count == starts.count + 1)
    }

    /// Whether the clock never changes.
    public var isFixed: Bool { starts.isEmpty }

    /// Nanoseconds by which the wall clock is ahead of UTC at an instant.
    public func offset(atUTC time: Int64) -> Int64 { offsets[index(at: time)] }

    /// The stretch of time with one offset around an instant, for those who ask for many that lie together.
    public func span(atUTC time: Int64) -> Span {
        let index = index(at: time)
        return Span(
            start: index == 0 ? .min : starts[index - 1],
            end: index == starts.count ? .max : starts[index],
            offset: offsets[index]
        )
    }

    /// The wall clock's reading at an instant, as the nanoseconds that UTC would have at it; nil outside of Int64.
    public func local(ofUTC time: Int64) -> Int64? {
        let (local, overflow) = time.addingReportingOverflow(offset(atUTC: time))
        return overflow ? nil : local
    }

    /// The instant at which the wall clock shows a reading; nil outside of Int64.
    ///
    /// A reading in a gap is shifted forward by its length; one in an overlap means the earlier instant.
    public func utc(ofLocal local: Int64) -> Int64? {
        // A change is behind a reading once neither the old clock nor the new one can show it again before the change.
        let count = partition { index in
            let latest = Swift.max(offsets[index], offsets[index + 1])
            let (reading, overflow) = starts[index].addingReportingOverflow(latest)
            return overflow ? latest < 0 : reading <= local
        }
        let (time, overflow) = local.subtractingReportingOverflow(offsets[count])
        return overflow ? nil : time
    }

    private func index(at time: Int64) -> Int { partition { starts[$0] <= time } }

    /// How many of the changes, which come first, a predicate holds for.
    private func partition(_ holds: (Int) -> Bool) -> Int {
        var (lower, upper) = (0, starts.count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if holds(middle) { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
