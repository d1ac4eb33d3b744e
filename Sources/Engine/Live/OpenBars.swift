import Columnar
import Market

/// The one-minute bars of an instrument that are not closed yet.
///
/// A bar closes when the watermark is ``lateness`` past its end. Usually there is one; for two seconds, two. Times that the
/// watermark refused are not to be given here, which bounds the number by the watermark's jump.
struct OpenBars: Sendable {
    /// How long a bar waits for late trades: the trade and book streams of a venue race by some 100 ms, rarely more.
    static let lateness = 2 * CivilTime.second
    /// A feed that begins this long before what is known is an older recording, not a clock that differs.
    static let restartMin = CivilTime.minute

    private var bars: [(start: Int64, fold: OHLCVFold)] = []
    /// End of the last bar that was closed or stored; earlier trades change nothing any more.
    private var closedThrough = Int64.min

    init() {}

    /// Continues after a bar that the store holds.
    init(storedThrough end: Int64) { closedThrough = end }

    /// Takes a trade; false if its bar is closed.
    @inline(__always)
    mutating func update(time: Int64, price: Decimal, size: Decimal) -> Bool {
        if let last = bars.indices.last, time >= bars[last].start, time &- bars[last].start < CivilTime.minute {
            bars[last].fold.update(time: time, price: price, size: size)
            return true
        }
        return updateOther(time: time, price: price, size: size)
    }

    private mutating func updateOther(time: Int64, price: Decimal, size: Decimal) -> Bool {
        let start = CivilTime.floor(time, to: CivilTime.minute)
        guard start >= closedThrough else { return false }
        if let index = bars.lastIndex(where: { $0.start == start }) {
            bars[index].fold.update(time: time, price: price, size: size)
            return true
        }
        var fold = OHLCVFold()
        fold.update(time: time, price: price, size: size)
        let index = bars.firstIndex { $0.start > start } ?? bars.count
        bars.insert((start, fold), at: index)
        return true
    }

    /// The bar of the latest minute; nil if none is open.
    var latest: Bar? { bars.last?.fold.bar }

    /// Whether the next ``close(watermark:)`` has something to close.
    @inline(__always)
    func isDue(watermark: Int64) -> Bool {
        guard let first = bars.first else { return false }
        return watermark &- Self.lateness >= first.start &+ CivilTime.minute
    }

    /// The next bar that is complete at a watermark, removed; nil if there is none.
    mutating func close(watermark: Int64) -> (start: Int64, bar: Bar)? {
        isDue(watermark: watermark) ? closeFirst() : nil
    }

    /// The first open bar, complete or not, removed; nil if none is open.
    mutating func closeFirst() -> (start: Int64, bar: Bar)? {
        guard let first = bars.first, let bar = first.fold.bar else { return nil }
        bars.removeFirst()
        closedThrough = max(closedThrough, first.start &+ CivilTime.minute)
        return (first.start, bar)
    }

    /// Where the earliest trade that can still change a bar may lie; nil if nothing is known.
    var earliest: Int64? {
        let earliest = max(closedThrough, bars.first?.start ?? .min)
        return earliest == .min ? nil : earliest
    }

    /// An older recording begins: bars before the closed ones may be built again.
    mutating func restart() { closedThrough = .min }
}
