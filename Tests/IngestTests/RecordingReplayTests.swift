import Ingest
import Market
import Testing

@Suite(.enabled(if: SharedData.hasBTCUSDT, Comment(rawValue: SharedData.missing)))
struct RecordingReplayTests {
    /// Feeds both files in chunks of `chunk` bytes and keeps all events in one batch.
    static func replay(chunk: Int, symbols: Set<String>? = nil) throws -> (ReplaySession, EventBatch) {
        let reader = RecordingReader(paths: SharedData.btcusdt)
        let session = ReplaySession(registry: InstrumentRegistry(), sequence: SequenceSource(), symbols: symbols)
        var batch = EventBatch()
        while true {
            let bytes = try reader.next()
            if bytes.isEmpty { break }
            bytes.withUnsafeBufferPointer { buffer in
                var start = 0
                while start < buffer.count {
                    let end = min(start + chunk, buffer.count)
                    session.feed(UnsafeBufferPointer(rebasing: buffer[start..<end]), into: &batch)
                    start = end
                }
            }
        }
        session.finish(into: &batch)
        return (session, batch)
    }

    @Test func everyMessageOfTheRecordingIsCounted() throws {
        let (session, batch) = try Self.replay(chunk: RecordingReader.chunkBytes)
        let counters = session.counters
        #expect(session.lineCount == 41_249 + 58_325)
        #expect(session.problems == [])
        #expect(counters.frames == 41_249 + 58_325)
        #expect(counters.depth == 6_495)
        #expect(counters.depthApplied == 6_492)
        #expect(counters.depthSpliced == 1)
        #expect(counters.depthDropped == 2)
        #expect(counters.quotes == 73_174)
        #expect(counters.trades == 19_904)
        #expect(counters.snapshots == 1)
        #expect(counters.gaps == 0)
        #expect(counters.malformed == 0)
        #expect(counters.rejected == 0)
        #expect(counters.clocks == 0)
        // The start and the live state, and every message but the two dropped.
        #expect(batch.events.count == 99_574 - 2 + 2)
    }

    @Test func theSnapshotIsSplicedAsTheRecipeSays() throws {
        let (_, batch) = try Self.replay(chunk: RecordingReader.chunkBytes)
        let book = batch.events.filter { [.state, .snapshot, .depth].contains($0.kind) }.prefix(5)
        #expect(book.map(\.kind) == [.state, .snapshot, .depth, .state, .depth])
        #expect(book.map(\.state).first == .syncing)
        #expect(book.map(\.id)[1...] == [50_093_239_218, 50_093_239_224, 50_093_239_224, 50_093_239_237])
        let snapshot = try #require(book.first { $0.kind == .snapshot })
        #expect(snapshot.changesCount == 2_000)
        #expect(batch.changes[snapshot.changes].first?.price == 6_183_763_000_000)
        #expect(snapshot.time == 1_723_161_255_408_000_000)  // the greatest venue time before it
        #expect(snapshot.receiveTime == 1_723_161_254_206_652_067)
        #expect(batch.events.map(\.seq) == Array(1...Int64(batch.events.count)))
    }

    @Test func tradesAddUpToTheRecordings() throws {
        let (_, batch) = try Self.replay(chunk: RecordingReader.chunkBytes)
        var (buy, sell, notional) = (Int64(0), Int64(0), Double(0))
        for trade in batch.events where trade.kind == .trade {
            if trade.side == .bid { buy += trade.size } else { sell += trade.size }
            notional += Double(trade.price) * 1e-8 * Double(trade.size) * 1e-8
        }
        #expect(buy == 20_449_112_000)
        #expect(sell == 23_342_440_000)
        #expect(abs(notional / (Double(buy + sell) * 1e-8) - 61_671.5516067) < 1e-6)
    }

    @Test func chunksDoNotChangeTheEvents() throws {
        let (_, whole) = try Self.replay(chunk: RecordingReader.chunkBytes)
        let (_, pieces) = try Self.replay(chunk: 1_009)
        #expect(whole.events == pieces.events)
        #expect(whole.changes == pieces.changes)
    }

    @Test func anotherSymbolTakesNothing() throws {
        let (session, batch) = try Self.replay(chunk: RecordingReader.chunkBytes, symbols: ["ETH-USDT"])
        #expect(batch.isEmpty)
        #expect(session.counters.ignored + session.counters.rejected == 99_574)
    }

    /// A book of plain dictionaries equals each best bid and offer with the same update id.
    @Test func theBookEqualsTheBestBidAndOffer() throws {
        let (_, batch) = try Self.replay(chunk: RecordingReader.chunkBytes)
        var quotes: [Int64: MarketEvent] = [:]
        for event in batch.events where event.kind == .quote { quotes[event.id] = event }
        var (bids, asks): ([Int64: Int64], [Int64: Int64]) = ([:], [:])
        var compared = 0
        for event in batch.events where event.kind == .snapshot || event.kind == .depth {
            for change in batch.changes[event.changes] {
                let size = change.size == 0 ? nil : change.size
                if change.side == .bid { bids[change.price] = size } else { asks[change.price] = size }
            }
            guard event.kind == .depth, let quote = quotes[event.id] else { continue }
            compared += 1
            #expect(bids.keys.max() == quote.price && bids[quote.price] == quote.size)
            #expect(asks.keys.min() == quote.price2 && asks[quote.price2] == quote.size2)
        }
        #expect(compared == 1_072)
    }
}
