/// Chesler's Hikkake (2003): an inside bar and a break out of it that fails. The break gives ±100; a close beyond the
/// inside bar on the other side, within three rows, confirms it and gives ±200.
struct Hikkake: IndicatorState {
    private let isModified: Bool
    /// Rows before the first value; patterns are looked for three rows earlier.
    private let lookback: Int
    private var window: CandleWindow
    /// The break that waits for its confirmation: in which row, what it gave, and the inside bar.
    private var waiting: (row: Int, sign: Int, inside: Candle)?

    /// The modified pattern has two inside bars, and a close near the end of the second.
    init(isModified: Bool) {
        self.isModified = isModified
        lookback = isModified ? 10 : 5
        let measures = isModified ? [CandleMeasure(setting: .near, distance: 2)] : []
        window = CandleWindow(measures, start: lookback - 3)
    }

    mutating func update(_ candle: Candle) -> Double? {
        guard window.append(candle) else { return nil }
        let found = find()
        window.advance()
        return window.rowNumber >= lookback ? Double(found) : nil
    }

    private mutating func find() -> Int {
        if let sign = isModified ? modifiedBreak() : simpleBreak() {
            waiting = (window.rowNumber, sign, window[1])
            return sign * 100
        }
        guard let (row, sign, inside) = waiting, window.rowNumber <= row + 3 else { return 0 }
        let close = window[0].close
        guard sign > 0 ? close > inside.high : close < inside.low else { return 0 }
        waiting = nil
        return sign * 200
    }

    private func isInside(_ candle: Int, _ other: Int) -> Bool {
        window[candle].high < window[other].high && window[candle].low > window[other].low
    }

    /// 1 if the newest bar is below the one before, -1 if it is above.
    private var move: Int? {
        let (last, before) = (window[0], window[1])
        if last.high < before.high, last.low < before.low { return 1 }
        return last.high > before.high && last.low > before.low ? -1 : nil
    }

    private func simpleBreak() -> Int? { isInside(1, 2) ? move : nil }

    private func modifiedBreak() -> Int? {
        guard isInside(2, 3), isInside(1, 2), let move else { return nil }
        let near = window.measure(.near, 2)
        let second = window[2]
        let isNear = move > 0 ? second.close <= second.low + near : second.close >= second.high - near
        return isNear ? move : nil
    }
}
