/// Lays out `digits × 10^exponent` as ECMAScript does: without an exponent from 1e-6 up to 1e21, without trailing zeros.
///
/// Digits are stored sixteen at a time, wherever the text ends: what lies behind it is overwritten by what comes next, and
/// never shown.
enum DecimalLayout {
    /// Bytes that are touched at most: a sign, 17 digits with a point in them, and the sixteen that the part after the point
    /// is stored as; rounded up.
    static let roomBytes = 48

    private static let sixteenDigits: UInt64 = 10_000_000_000_000_000
    private static let zero = UInt8(ascii: "0")

    /// Writes a number of 1 to 17 digits (of 0 with the exponent 0) into ``roomBytes`` bytes; returns the length of its text.
    @inline(__always)
    static func write(
        _ digits: UInt64,
        exponent: Int,
        isNegative: Bool,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        out[0] = UInt8(ascii: "-")
        let signCount = isNegative ? 1 : 0
        let out = out + signCount
        if digits < sixteenDigits {
            let digits = DecimalDigits(digits)
            return signCount &+ write(Run(lead: zero, leadCount: 0, digits), exponent: exponent, to: out)
        }
        let lead = digits / sixteenDigits
        let rest = DecimalDigits(sixteen: digits &- lead &* sixteenDigits)
        let run = Run(lead: zero &+ UInt8(truncatingIfNeeded: lead), leadCount: 1, rest)
        return signCount &+ write(run, exponent: exponent, to: out)
    }

    /// Writes `value / 10^8`, where the value is below 10^16 and either 0 or at least 100, into ``roomBytes`` bytes; returns
    /// the length of its text. Most numbers of a market are such: then eight digits stand on either side of the point, and
    /// nothing has to be searched for or moved.
    @inline(__always)
    static func writeFixed(_ value: UInt64, isNegative: Bool, to out: UnsafeMutablePointer<UInt8>) -> Int {
        out[0] = UInt8(ascii: "-")
        let signCount = isNegative ? 1 : 0
        let out = out + signCount
        let whole = value / 100_000_000
        let wholeDigits = DecimalDigits.eightDigits(whole)
        let fractionDigits = DecimalDigits.eightDigits(value &- whole &* 100_000_000)
        // The last digit before the point is written even if it is 0.
        let leadingZeroCount = (wholeDigits | 1 << 56).trailingZeroBitCount >> 3
        let point = 8 &- leadingZeroCount
        store((wholeDigits | DecimalDigits.asciiZeros) &>> UInt64(8 &* leadingZeroCount), at: out)
        if fractionDigits == 0 { return signCount &+ point }
        out[point] = UInt8(ascii: ".")
        store(fractionDigits | DecimalDigits.asciiZeros, at: out + point + 1)
        return signCount &+ point &+ 9 &- fractionDigits.leadingZeroBitCount >> 3
    }

    /// Writes an integer, all its digits, into ``roomBytes`` bytes; returns the length of its text.
    @inline(__always)
    static func writeInteger(_ value: UInt64, isNegative: Bool, to out: UnsafeMutablePointer<UInt8>) -> Int {
        out[0] = UInt8(ascii: "-")
        let signCount = isNegative ? 1 : 0
        let out = out + signCount
        if value < sixteenDigits {
            let digits = DecimalDigits(value)
            store(digits.text, at: out)
            return signCount &+ digits.count
        }
        let lead = DecimalDigits(value / sixteenDigits)
        store(lead.text, at: out)
        store(DecimalDigits(sixteen: value % sixteenDigits).text, at: out + lead.count)
        return signCount &+ lead.count &+ DecimalDigits.countMax
    }

    /// Up to 17 digits: one that may be there, and sixteen.
    private struct Run {
        let lead: UInt8
        let leadCount: Int
        let digits: DecimalDigits

        @inline(__always)
        init(lead: UInt8, leadCount: Int, _ digits: DecimalDigits) {
            self.lead = lead
            self.leadCount = leadCount
            self.digits = digits
        }

        var count: Int { leadCount &+ digits.count }
        var significantCount: Int { leadCount &+ digits.significantCount }

        /// Stores all digits, and zeros behind them up to the seventeenth.
        @inline(__always)
        func store(at out: UnsafeMutablePointer<UInt8>) {
            out[0] = lead
            DecimalLayout.store(digits.text, at: out + leadCount)
        }
    }

    @inline(__always)
    private static func write(_ run: Run, exponent: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let significantCount = run.significantCount
        // Where the decimal point stands: after so many digits.
        let point = run.count &+ exponent
        if point > 0, point < significantCount {
            run.store(at: out)
            out[point] = UInt8(ascii: ".")
            let fraction = run.digits.text &>> UInt128(truncatingIfNeeded: 8 &* (point &- run.leadCount))
            store(fraction, at: out + point + 1)
            return significantCount &+ 1
        }
        if point > -6, point <= 0 {
            store(leadingZeros, at: out)
            run.store(at: out + 2 - point)
            return 2 &- point &+ significantCount
        }
        if point > 0, point <= 21 {
            run.store(at: out)
            store(DecimalDigits.asciiZeros, at: out + run.leadCount + DecimalDigits.countMax)
            return point
        }
        return writeScientific(run, point: point, to: out)
    }

    /// `0.000000`.
    private static let leadingZeros = DecimalDigits.asciiZeros ^ 0x1E00

    @inline(never)
    private static func writeScientific(_ run: Run, point: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
        run.store(at: out + 1)
        out[0] = out[1]
        out[1] = UInt8(ascii: ".")
        var position = run.significantCount > 1 ? run.significantCount &+ 1 : 1
        out[position] = UInt8(ascii: "e")
        out[position + 1] = UInt8(ascii: point > 0 ? "+" : "-")
        position += 2
        return position &+ writeInteger((point &- 1).magnitude64, isNegative: false, to: out + position)
    }

    @inline(__always)
    private static func store<Word: FixedWidthInteger>(_ word: Word, at out: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(out).storeBytes(of: word.littleEndian, as: Word.self)
    }
}

extension Int {
    fileprivate var magnitude64: UInt64 { UInt64(magnitude) }
}
