import Columnar
import Market

/// The one-minute bars of an instrument that are not closed yet.
///
/// A bar closes when the watermark is ``lateness`` past its end. Usually there is one; for two seconds, two.
struct OpenBars: Sendable {
    /// How long a bar waits for late trades: the trade and book streams of a venue race by some 100 ms, rarely more.
    static let lateness = 2 * CivilTime.second

    private var bars: [(start: Int64, fold: OHLCVFold)] = []
    /// End of the last bar that was closed or stored; earlier trades change nothing any more.
    private var closedThrough = Int64.min

    init() {}

    /// Continues after a bar that the store holds.
    init(storedThrough end: Int64) { closedThrough = end }

    /// Takes a trade; false if its bar is closed.
    mutating func update(time: Int64, price: Decimal, size: Decimal) -> Bool {
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

    /// The bar that a trade of this time belongs to.
    func bar(at time: Int64) -> Bar? {
        let start = CivilTime.floor(time, to: CivilTime.minute)
        return bars.last { $0.start == start }?.fold.bar
    }

    /// Whether any bar is open.
    var isEmpty: Bool { bars.isEmpty }

    /// The next bar that is complete at a watermark, removed; nil if there is none.
    mutating func close(watermark: Int64) -> (start: Int64, bar: Bar)? {
        guard let first = bars.first, watermark &- Self.lateness >= first.start &+ CivilTime.minute,
            let bar = first.fold.bar
        else { return nil }
        bars.removeFirst()
        closedThrough = max(closedThrough, first.start &+ CivilTime.minute)
        return (first.start, bar)
    }

    /// A new feed begins, maybe with an older recording: bars before the closed ones may be built again.
    mutating func restart() { closedThrough = .min }
}
