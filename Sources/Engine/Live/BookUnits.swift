import Market

/// Turns mantissas of an instrument's book into doubles: each the nearest one, but for the weighted mid.
struct BookUnits: Sendable {
    /// Prices.
    let price: DecimalScale
    /// Sizes.
    let size: DecimalScale
    private let halfPrice: DecimalScale

    init(priceScale: Int, sizeScale: Int) {
        price = DecimalScale(priceScale)
        // Half a sum of decimals has one decimal more: sum / 2 = 5 × sum / 10.
        halfPrice = DecimalScale(priceScale + 1)
        size = DecimalScale(sizeScale)
    }

    /// Best ask less best bid.
    @inline(__always)
    func spread(_ top: TopOfBookFold) -> Double? { top.spread.map { price.double($0) } }

    /// Half way between best bid and best ask.
    @inline(__always)
    func mid(_ top: TopOfBookFold) -> Double? { top.twiceMid.map { halfPrice.double($0 &* 5) } }

    /// Each best price weighted by the size on the other side.
    @inline(__always)
    func weightedMid(_ top: TopOfBookFold) -> Double? { top.weightedMid.map { price.double(rounded: $0) } }
}
