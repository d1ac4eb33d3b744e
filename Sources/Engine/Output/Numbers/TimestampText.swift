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
        let hours = minutes / 60
        // Both colons stand where the eight digits of hh0mm0ss have a zero.
        let clock = hours &* 1_000_000 &+ (minutes &- hours &* 60) &* 1000 &+ (seconds &- minutes &* 60)
        Self.store(DecimalDigits.eightDigits(clock) | Self.colons, at: out + position)
        position &+= 8
        if fraction != 0 {
            let eight = fraction / 10
            out[position] = UInt8(ascii: ".")
            Self.store(DecimalDigits.eightDigits(eight) | DecimalDigits.asciiZeros, at: out + position + 1)
            out[position &+ 9] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: fraction &- eight &* 10)
            position &+= fraction % 1000 != 0 ? 10 : fraction % 1_000_000 != 0 ? 7 : 4
        }
        out[position] = UInt8(ascii: "Z")
        return position &+ 1
    }

    /// `00:00:00`.
    private static let colons: UInt64 = 0x3030_3A30_303A_3030

    @inline(never)
    private mutating func setDay(_ day: Int64, of nanoseconds: Int64) {
        self.day = day
        var text: [UInt8] = []
        CivilTime.appendText(nanoseconds, to: &text)
        prefixCount = min((text.firstIndex(of: UInt8(ascii: "T")) ?? 0) + 1, prefix.scalarCount)
        for index in 0..<prefixCount { prefix[index] = text[index] }
    }

    @inline(__always)
    private static func store(_ word: UInt64, at out: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(out).storeBytes(of: word.littleEndian, as: UInt64.self)
    }
}
