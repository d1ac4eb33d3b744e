import MarketStore
import Testing

@Suite("The key of a bucket")
struct BucketKeyTests {
    @Test(
        "is its three parts, whatever category follows",
        arguments: ["AAPL/1Min/OHLCV", "AAPL/1Min/OHLCV:Symbol/Timeframe/AttributeGroup", "AAPL/1Min/OHLCV::"]
    )
    func parts(text: String) {
        #expect(BucketKey(text) == BucketKey(symbol: "AAPL", timeframe: "1Min", attribute: "OHLCV"))
    }

    @Test("is split by bytes: a letter's marks belong to the part that they are in")
    func marks() {
        let key = BucketKey("É\u{301}x/\u{308}1Min/Ö:\u{301}/")
        #expect(key == BucketKey(symbol: "É\u{301}x", timeframe: "\u{308}1Min", attribute: "Ö"))
    }

    @Test("has neither fewer parts nor more", arguments: ["", "A", "A/B", "A/B/C/D", ":A/B/C"])
    func refused(text: String) {
        #expect(BucketKey(text) == nil)
    }

    @Test("sorts by symbol first, in the order of bytes")
    func order() {
        let keys = ["B/1Min/X", "A/5Min/X", "A/1Min/Y", "A/1Min/X", "a/1D/X"].compactMap { BucketKey($0) }
        #expect(keys.sorted().map(\.description) == ["A/1Min/X", "A/1Min/Y", "A/5Min/X", "B/1Min/X", "a/1D/X"])
    }
}
