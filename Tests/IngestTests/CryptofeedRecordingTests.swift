import Market
import Testing

@testable import Ingest

/// Recordings of another kind, `<seconds>: <JSON>` and `<URL> -> <seconds>: <JSON>`, of the venue in 2021.
@Suite struct CryptofeedRecordingTests {
    static let files = ["cryptofeed_v2/BINANCE", "cryptofeed_v2/BINANCE_US"]
    static var hasFiles: Bool {
        files.allSatisfy { name in [".0.gz", ".ws.1.0.gz", ".http.0.0.gz"].allSatisfy { SharedData.has(name + $0) } }
    }

    struct Record {
        var seconds: Double
        var url: String?
        var text: Substring
    }

    static func records(_ name: String) throws -> [Record] {
        let bytes = try RecordingReaderTests.readAll([SharedData.path(name)])
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            guard let colon = line.firstRange(of: ": {") else { return nil }
            let head = line[..<colon.lowerBound].split(separator: " ")
            guard let seconds = head.last.flatMap({ Double($0) }) else { return nil }
            let url = head.count == 3 ? String(head[0]) : nil
            return Record(seconds: seconds, url: url, text: line[line.index(colon.lowerBound, offsetBy: 2)...])
        }
    }

    @Test(.enabled(if: hasFiles, Comment(rawValue: SharedData.missing)), arguments: files)
    func snapshotsAndStreamsMakeLiveBooks(name: String) throws {
        var stream = try Self.records(name + ".ws.1.0.gz") + Self.records(name + ".http.0.0.gz")
        stream.sort { $0.seconds < $1.seconds }
        var harness = AdapterHarness(.recording())
        harness.adapter.connected(now: 0)
        var expected = (depth: 0, quotes: 0, snapshots: 0, other: 0)
        for record in stream {
            let time = Int64(record.seconds * 1e9)
            if let url = record.url,
                let symbol = url.split(separator: "=").dropFirst().first?.prefix(while: { $0 != "&" })
            {
                expected.snapshots += 1
                var body = String(record.text)
                try body.withUTF8 {
                    try harness.adapter.snapshot(
                        symbol: String(symbol),
                        body: $0,
                        receiveTime: time,
                        into: &harness.batch
                    )
                }
            } else {
                if record.text.contains("depthUpdate") {
                    expected.depth += 1
                } else if record.text.contains("@bookTicker") {
                    expected.quotes += 1
                } else {
                    expected.other += 1
                }
                try harness.feed(String(record.text), at: time)
            }
        }
        let counters = harness.adapter.counters
        #expect(counters.depth == expected.depth)
        #expect(counters.quotes == expected.quotes)
        #expect(counters.ignored == expected.other)
        #expect(counters.malformed == 0 && counters.rejected == 0 && counters.gaps == 0)
        // Every snapshot was either spliced or, with nothing yet in the stream, older than it or for a silent symbol.
        #expect(counters.snapshots >= 1)
        #expect(counters.depthApplied > 0)
    }

    @Test(.enabled(if: hasFiles, Comment(rawValue: SharedData.missing)), arguments: files)
    func instrumentListsAreRead(name: String) throws {
        let records = try Self.records(name + ".0.gz")
        var body = String(try #require(records.first { $0.url?.contains("exchangeInfo") == true }).text)
        let list = try body.withUTF8 { try BinanceInstrumentList($0) }
        let all = list.symbols + list.halted
        #expect(all.count > 100)
        #expect(all.contains { $0.name == "BTCUSDT" && $0.instrument.name == "BTC-USDT.BINANCE" })
        // Where names alone are told apart, the list says the same. The other venue quotes in USD, and some of its bases
        // end in B: BNBUSD ends in BUSD.
        let differing = all.filter { BinanceSymbol(name: $0.name)?.instrument != $0.instrument }
        let share = name.hasSuffix("_US") ? 10 : 100
        #expect(differing.count * share < all.count, "\(differing.map(\.instrument.symbol))")
    }

    @Test func aListWithoutSymbolsIsRefused() {
        for text in ["{}", "[]", "{\"symbols\":5}", "{\"symbols\":[", "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}"] {
            var text = text
            #expect(throws: IngestError.self) { try text.withUTF8 { _ = try BinanceInstrumentList($0) } }
        }
        var text =
            #"{"symbols":[1,{"symbol":"AUSDT","baseAsset":"A","quoteAsset":"USDT","status":"BREAK"},{"symbol":"X"}]}"#
        #expect(throws: Never.self) {
            let list = try text.withUTF8 { try BinanceInstrumentList($0) }
            #expect(list.symbols.isEmpty && list.halted.map(\.name) == ["AUSDT"])
        }
    }
}
