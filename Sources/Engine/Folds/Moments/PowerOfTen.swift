import Columnar

/// Moves decimals from one scale to a larger one.
enum PowerOfTen {
    /// The integer times 10^digits; nil if that does not fit in 64 bits. `digits` is not negative.
    static func scaled(_ value: Int64, by digits: Int) -> Int64? {
        if value == 0 { return 0 }
        guard digits <= 18 else { return nil }  // 10^18 is the last power in Int64
        let power = Int64(NearestDouble.powersOfTen[digits])
        let (product, overflow) = value.multipliedReportingOverflow(by: power)
        return overflow ? nil : product
    }

    /// The integer times 10^digits; nil if that is not below 2^126 in magnitude. `digits` is not negative.
    static func scaled(_ value: Int128, by digits: Int) -> Int128? {
        if value == 0 { return 0 }
        guard digits <= 37 else { return nil }  // 10^37 is the last power below 2^126
        let power = Int128(NearestDouble.powersOfTen[digits])
        let (product, overflow) = value.multipliedReportingOverflow(by: power)
        return overflow || product.magnitude >= 1 << 126 ? nil : product
    }

    /// 10^scale, exact, for the scale of a column.
    static func double(_ scale: Int) -> Double { ScaledInteger.powersOfTen[scale] }
}

extension FoldStateReader {
    /// Reads the scale of decimals.
    mutating func readScale() throws(FoldStateError) -> Int {
        let scale = Int(try readUInt8())
        guard scale <= ScaledInteger.scaleMax else { throw .malformed }
        return scale
    }
}
