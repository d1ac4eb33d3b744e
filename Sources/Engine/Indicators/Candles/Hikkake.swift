/// Chesler's Hikkake (2003): an inside bar and a break out of it that fails. The break gives ±100; a close beyond the
/// inside bar on the other side, within three rows, confirms it and gives ±200.
struct Hikkake: IndicatorState {
    private let isModified: Bool
    /// Rows before the first value; patterns are looked for three rows earlier.
    private let lookback: Int
    private var window: CandleWindow
    /// The break that waits for its confirmation: what it gave, 0 for none, in which row, and the range of the inside bar.
    private var waitingSign = 0
    private var waitingRow = 0
    private var inside = HighLow.initial

    /// The modified pattern has two inside bars, and a close near the end of the second.
    init(isModified: Bool) {
        self.isModified = isModified
        lookback = isModified ? 10 : 5
        window = CandleWindow(start: lookback - 3)
    }

    @inline(__always)
    mutating func update(_ candle: Candle) -> Double? {
        guard window.append(candle) else {
            if isModified { window.warmUp(.near, 2) }
            return nil
        }
        let found = find()
        if isModified { window.advance(.near, 2) }
        return window.rowNumber >= lookback ? Double(found) : nil
    }

    @inline(__always)
    private mutating func find() -> Int {
        if let sign = isModified ? modifiedBreak() : simpleBreak() {
            (waitingSign, waitingRow) = (sign, window.rowNumber)
            inside = HighLow(high: window[1].high, low: window[1].low)
            return sign * 100
        }
        let sign = waitingSign
        guard sign != 0, window.rowNumber <= waitingRow &+ 3 else { return 0 }
        let close = window[0].close
        guard sign > 0 ? close > inside.high : close < inside.low else { return 0 }
        waitingSign = 0
        return sign * 200
    }

    @inline(__always)
    private func isInside(_ candle: Int, _ other: Int) -> Bool {
        window[candle].high < window[other].high && window[candle].low > window[other].low
    }

    /// 1 if the newest bar is below the one before, -1 if it is above.
    @inline(__always)
    private var move: Int? {
        let (last, before) = (window[0], window[1])
        if last.high < before.high, last.low < before.low { return 1 }
        return last.high > before.high && last.low > before.low ? -1 : nil
    }

    @inline(__always)
    private func simpleBreak() -> Int? { isInside(1, 2) ? move : nil }

    @inline(__always)
    private func modifiedBreak() -> Int? {
        guard isInside(2, 3), isInside(1, 2), let move else { return nil }
        let near = window.measure(.near, 2)
        let second = window[2]
        let isNear = move > 0 ? second.close <= second.low + near : second.close >= second.high - near
        return isNear ? move : nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        window.visit(&visitor)
        waitingSign.visit(&visitor)
        waitingRow.visit(&visitor)
        inside.visit(&visitor)
    }
}
