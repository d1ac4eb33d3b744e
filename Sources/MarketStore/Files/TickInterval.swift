internal import Columnar

/// Turns the ticks of one slot into nanoseconds since its first instant; ``SlotTimes`` tells the rule.
///
/// MarketStore computes `ticks = UInt32(seconds since a base * slots a day * 2^32 / 86400)` in floating point, cut towards
/// zero and to 32 bits, where the base is not always the slot's start: in a zone other than UTC it is hours away, and in a
/// daily file one day more. Ticks are a time modulo the slot's length, so that shift can be taken back.
///
/// Numbers here are multiplied by the slots a day, so that the length of a slot is a whole number even where slots do not
/// divide a day.
struct TickInterval {
    /// A day, which is the length of a slot times the slots a day.
    private static let period = UInt64(CivilTime.day)

    private let slotsADay: UInt64
    private let timeframe: UInt64
    /// The slot's start minus the base, in nanoseconds.
    private let shift: Int64
    /// The same times the slots a day, modulo the period.
    private let scaledShift: UInt64
    /// How wrong the ticks may be, in parts of 2^32: three roundings to 53 bits of seconds that count from the base.
    private let slack: UInt128

    init(slotsADay: Int64, timeframe: Int64, shift: Int64) {
        self.slotsADay = UInt64(max(0, slotsADay))
        self.timeframe = UInt64(max(1, timeframe))
        self.shift = shift
        let period = Int128(Self.period)
        let rest = Int128(shift) * Int128(max(0, slotsADay)) % period
        scaledShift = UInt64(rest < 0 ? rest + period : rest)
        let days = (Double(shift.magnitude) + Double(timeframe)) * Double(slotsADay) / Double(Self.period)
        slack = UInt128(min(1e25, days * Double(Self.period) * 0x1p-19))
    }

    /// Nanoseconds from the slot's first instant.
    func offset(_ ticks: UInt32) -> Int64 {
        guard slotsADay > 0 else { return 0 }
        var lower = scaled(ticks)
        if shift < 0, UInt64(lower >> 32) / slotsADay < shift.magnitude {
            // Before the base the cut is towards later times.
            lower = scaled(ticks &- 1)
        }
        // Whole nanoseconds of the interval: from `first` to `last`.
        let start = lower > slack ? lower - slack : 0
        let first = (UInt64(start >> 32) + (start & 0xFFFF_FFFF == 0 ? 0 : 1)).dividedRoundingUp(by: slotsADay)
        let end = lower + UInt128(Self.period) + slack
        // Ticks that are counted from another instant may be one short of a whole slot, which is its start.
        if shift != 0, end >= UInt128(Self.period) << 32 { return 0 }
        let last = UInt64(end >> 32) / slotsADay
        if last >= timeframe {
            return Int64(first < timeframe ? Self.roundest(first, timeframe - 1) : timeframe - 1)
        }
        guard first <= last else {
            // No whole nanosecond lies in it: the nearest.
            return Int64(min(timeframe - 1, (UInt64(lower >> 32) + slotsADay / 2) / slotsADay))
        }
        return Int64(Self.roundest(first, last))
    }

    /// The lower end of the interval of some ticks, in parts of 2^32.
    private func scaled(_ ticks: UInt32) -> UInt128 {
        let place = UInt128(ticks) * UInt128(Self.period)
        let shift = UInt128(scaledShift) << 32
        return place >= shift ? place - shift : place + (UInt128(Self.period) << 32) - shift
    }

    /// The multiple of a second, else of a millisecond, else of a microsecond that lies in a range; of several the one next
    /// to its middle, which is the answer if there is none.
    private static func roundest(_ first: UInt64, _ last: UInt64) -> UInt64 {
        let middle = first + (last - first) / 2
        for grain: UInt64 in [1_000_000_000, 1_000_000, 1_000] where last / grain * grain >= first {
            let nearest = (middle + grain / 2) / grain * grain
            return nearest > last ? nearest - grain : nearest < first ? nearest + grain : nearest
        }
        return middle
    }
}

extension UInt64 {
    fileprivate func dividedRoundingUp(by divisor: UInt64) -> UInt64 {
        self / divisor + (self % divisor == 0 ? 0 : 1)
    }
}
