import Columnar

/// Timestamps as text, the same as ``CivilTime/text(_:)``; remembers the day, as most rows lie in that of the row before.
struct TimestampText {
    /// The longest text: `2024-08-08T23:54:14.236551067Z`, and a sign for years before 0, which Int64 does not reach.
    static let bytesMax = 32

    private var day = Int64.max
    /// `2024-08-08T` of ``day``, and its length.
    private var prefix = SIMD16<UInt8>.zero
    private var prefixCount = 0

    /// Writes a timestamp into ``bytesMax`` bytes; returns how many it took.
    @inline(__always)
    mutating func write(_ nanoseconds: Int64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let day = floorDivide(nanoseconds, CivilTime.day)
        if day != self.day { setDay(day, of: nanoseconds) }
        UnsafeMutableRawPointer(out).storeBytes(of: prefix, as: SIMD16<UInt8>.self)
        var position = prefixCount
        let inDay = UInt64(bitPattern: nanoseconds &- day &* CivilTime.day)
        let seconds = inDay / 1_000_000_000
        let fraction = inDay &- seconds &* 1_000_000_000
        let minutes = seconds / 60
        Self.put2(minutes / 60, at: out + position)
        out[position &+ 2] = UInt8(ascii: ":")
        Self.put2(minutes % 60, at: out + position + 3)
        out[position &+ 5] = UInt8(ascii: ":")
        Self.put2(seconds &- minutes &* 60, at: out + position + 6)
        position &+= 8
        if fraction != 0 {
            out[position] = UInt8(ascii: ".")
            let milliseconds = fraction / 1_000_000
            let nanoseconds = fraction &- milliseconds &* 1_000_000
            Self.put3(milliseconds, at: out + position + 1)
            position &+= 4
            if nanoseconds != 0 {
                let microseconds = nanoseconds / 1000
                let rest = nanoseconds &- microseconds &* 1000
                Self.put3(microseconds, at: out + position)
                Self.put3(rest, at: out + position + 3)
                position &+= rest == 0 ? 3 : 6
            }
        }
        out[position] = UInt8(ascii: "Z")
        return position &+ 1
    }

    @inline(never)
    private mutating func setDay(_ day: Int64, of nanoseconds: Int64) {
        self.day = day
        var text: [UInt8] = []
        CivilTime.appendText(nanoseconds, to: &text)
        prefixCount = min((text.firstIndex(of: UInt8(ascii: "T")) ?? 0) + 1, prefix.scalarCount)
        for index in 0..<prefixCount { prefix[index] = text[index] }
    }

    @inline(__always)
    private static func put2(_ value: UInt64, at out: UnsafeMutablePointer<UInt8>) {
        out[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / 10)
        out[1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value % 10)
    }

    @inline(__always)
    private static func put3(_ value: UInt64, at out: UnsafeMutablePointer<UInt8>) {
        out[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / 100)
        put2(value % 100, at: out + 1)
    }
}
