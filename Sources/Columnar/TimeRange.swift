/// Half-open range of timestamps: `start` included, `end` not. Nanoseconds since the Unix epoch.
public struct TimeRange: Sendable, Hashable {
    /// First timestamp in the range.
    public var start: Int64
    /// First timestamp after the range. `Int64.max` stands for no end; the very last nanosecond belongs to it.
    public var end: Int64

    /// Creates a range; it is empty if `end <= start`, unless it has no end.
    public init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }

    /// All of time.
    public static let all = TimeRange(start: .min, end: .max)

    /// Whether no timestamp is in the range.
    public var isEmpty: Bool { end <= start && end != .max }

    /// Whether the timestamp is in the range.
    @inlinable
    public func contains(_ time: Int64) -> Bool { time >= start && (time < end || end == .max) }

    /// The timestamps that are in both.
    public func intersection(_ other: TimeRange) -> TimeRange {
        TimeRange(start: max(start, other.start), end: min(end, other.end))
    }
}
