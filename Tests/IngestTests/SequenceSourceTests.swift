import Market
import Testing

@testable import Ingest

@Suite struct SequenceSourceTests {
    @Test func eachInstrumentIsCountedOnceInAProcess() {
        let source = SequenceSource { $0 == "BTC-USDT.BINANCE" ? 42 : 1 }
        let btc = BinanceSymbol(name: "BTCUSDT", base: "BTC", quote: "USDT").instrument
        let eth = BinanceSymbol(name: "ETHUSDT", base: "ETH", quote: "USDT").instrument
        #expect(source.counter(for: btc) === source.counter(for: btc))
        #expect(source.counter(for: btc).next() == 42)
        #expect(source.counter(for: btc).upcoming == 43)
        #expect(source.counter(for: eth).next() == 1)
    }
}
