/// What is long, short, near or equal in a candle: measured by the candles before it.
enum CandleSetting: Int, CaseIterable, Sendable {
    case bodyLong, bodyShort, bodyDoji
    case shadowLong, shadowVeryLong, shadowShort, shadowVeryShort
    case near, far, equal

    /// What is averaged.
    enum Measure: Sendable {
        /// Open to close.
        case body
        /// High to low.
        case range
        /// Both shadows; a shadow is compared with half their average.
        case shadows
    }

    /// What a candle is measured by.
    @inline(__always)
    var measure: Measure {
        switch self {
        case .bodyLong, .bodyShort, .shadowLong, .shadowVeryLong: .body
        case .bodyDoji, .shadowVeryShort, .near, .far, .equal: .range
        case .shadowShort: .shadows
        }
    }

    /// How many candles before are averaged; 0: the candle itself is the measure.
    @inline(__always)
    var period: Int {
        switch self {
        case .shadowLong, .shadowVeryLong: 0
        case .near, .far, .equal: 5
        case .bodyLong, .bodyShort, .bodyDoji, .shadowShort, .shadowVeryShort: 10
        }
    }

    /// What the average is multiplied by.
    @inline(__always)
    var factor: Double {
        switch self {
        case .bodyLong, .bodyShort, .shadowLong, .shadowShort: 1
        case .shadowVeryLong: 2
        case .bodyDoji, .shadowVeryShort: 0.1
        case .near: 0.2
        case .far: 0.6
        case .equal: 0.05
        }
    }
}

extension Candle {
    /// Open to close.
    @inline(__always)
    var body: Double { abs(close - open) }
    /// The upper end of the body.
    @inline(__always)
    var top: Double { close >= open ? close : open }
    /// The lower end of the body.
    @inline(__always)
    var bottom: Double { close >= open ? open : close }
    /// From the body to the high.
    @inline(__always)
    var upperShadow: Double { high - top }
    /// From the body to the low.
    @inline(__always)
    var lowerShadow: Double { bottom - low }
    /// Whether it did not fall.
    @inline(__always)
    var isWhite: Bool { close >= open }
    /// 1 of a white candle, -1 of a black one.
    @inline(__always)
    var color: Int { close >= open ? 1 : -1 }

    /// What it adds to an average.
    @inline(__always)
    func size(_ measure: CandleSetting.Measure) -> Double {
        switch measure {
        case .body: body
        case .range: high - low
        case .shadows: upperShadow + lowerShadow
        }
    }
}
