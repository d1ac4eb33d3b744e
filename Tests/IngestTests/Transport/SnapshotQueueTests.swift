import Testing

@testable import Ingest

@Suite struct SnapshotQueueTests {
    static let second: Int64 = 1_000_000_000

    @Test func oneSnapshotIsFetchedAtATimeInOrder() {
        var queue = SnapshotQueue(limit: 1000, weightPerMinute: 1_000)
        #expect(queue.next(now: 0) == .idle)
        queue.enqueue("A", now: 0)
        queue.enqueue("B", now: 0)
        queue.enqueue("A", now: 0)
        #expect(queue.count == 2)
        #expect(queue.next(now: 1) == .fetch(symbol: "A"))
        #expect(queue.next(now: 2) == .idle)
        queue.finished(isUsable: true)
        #expect(queue.next(now: 3) == .fetch(symbol: "B"))
        queue.finished(isUsable: true)
        #expect(queue.next(now: 4) == .idle)
        #expect(queue.count == 0)
    }

    @Test func theVenuesWeightIsNeverExceededInAMinute() {
        var queue = SnapshotQueue(limit: 5000, weightPerMinute: 1_000)
        for number in 0..<10 { queue.enqueue("S\(number)", now: 0) }
        var times: [Int64] = []
        var now: Int64 = 0
        while queue.count > 0 {
            switch queue.next(now: now) {
            case .fetch:
                times.append(now)
                queue.finished(isUsable: true)
                now += Self.second
            case .wait(let until):
                #expect(until > now)
                now = until
            case .idle: Issue.record("idle with requests waiting")
            }
        }
        #expect(times.count == 10)
        for time in times { #expect(times.filter { $0 <= time && time - $0 < 60 * Self.second }.count <= 4) }
    }

    @Test func aFailedSnapshotWaitsLongerEachTimeButNeverForever() {
        var queue = SnapshotQueue(limit: 100, weightPerMinute: 100_000)
        var now: Int64 = 0
        var waits: [Int64] = []
        queue.enqueue("A", now: now)
        for _ in 0..<12 {
            while case .wait(let until) = queue.next(now: now) {
                waits.append(until - now)
                now = until
            }
            queue.finished(isUsable: false)
            queue.enqueue("A", now: now)
        }
        #expect(waits.first == SnapshotQueue.retryInitial)
        #expect(zip(waits, waits.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(waits.last == SnapshotQueue.retryMax)
        queue.enqueue("B", now: now)
        #expect(queue.next(now: now) == .fetch(symbol: "B"))  // another symbol need not wait for it
        queue.finished(isUsable: true)
        now += SnapshotQueue.retryMax
        #expect(queue.next(now: now) == .fetch(symbol: "A"))
        queue.finished(isUsable: true)
        queue.enqueue("A", now: now)
        #expect(queue.next(now: now) == .fetch(symbol: "A"))  // forgiven
    }

    @Test func aPauseHoldsEverySymbolAndOutlivesTheConnection() {
        var queue = SnapshotQueue(limit: 100, weightPerMinute: 6_000)
        queue.pause(until: 500)
        queue.enqueue("A", now: 0)
        #expect(queue.next(now: 0) == .wait(until: 500))
        queue.removeAll()
        #expect(queue.next(now: 0) == .idle)
        queue.enqueue("A", now: 10)
        #expect(queue.next(now: 499) == .wait(until: 500))
        #expect(queue.next(now: 500) == .fetch(symbol: "A"))
    }
}

@Suite struct BackoffTests {
    @Test func delaysDoubleUpToTheCapAndBeginAnew() {
        var backoff = Backoff(initial: 100, max: 3_000)
        #expect((0..<8).map { _ in backoff.next(random: 0) } == [100, 200, 400, 800, 1_600, 3_000, 3_000, 3_000])
        backoff.reset()
        #expect(backoff.next(random: 0) == 100)
        #expect(backoff.next(random: 1) == 100)  // of 200
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func jitterStaysBetweenHalfAndWhole(seed: UInt64) {
        var random = TestRandom(seed: seed)
        var backoff = Backoff(initial: 1_000_000, max: 30_000_000_000)
        var step: Int64 = 1_000_000
        for _ in 0..<40 {
            let delay = backoff.next(random: Double.random(in: 0..<1, using: &random))
            #expect(delay >= step / 2 && delay <= step)
            step = min(step * 2, 30_000_000_000)
        }
    }
}

@Suite struct BinanceStreamsTests {
    @Test func pathsAndMessagesAreTheVenues() {
        let names = BinanceStreams.names(symbol: "BTCUSDT")
        #expect(names == ["btcusdt@depth@100ms", "btcusdt@trade", "btcusdt@bookTicker"])
        #expect(
            BinanceStreams.combinedPath(streams: names, microseconds: true)
                == "/stream?streams=btcusdt@depth@100ms/btcusdt@trade/btcusdt@bookTicker&timeUnit=MICROSECOND"
        )
        #expect(BinanceStreams.combinedPath(streams: [], microseconds: false) == "/stream")
        #expect(
            BinanceStreams.subscribeMessages(streams: ["a@trade", "b@trade"])
                == [#"{"method":"SUBSCRIBE","params":["a@trade","b@trade"],"id":1}"#]
        )
        let many = BinanceStreams.subscribeMessages(streams: (0..<301).map { "s\($0)" })
        #expect(many.count == 3 && many[2] == #"{"method":"SUBSCRIBE","params":["s300"],"id":3}"#)
        #expect(BinanceStreams.symbolsMax == 341)
    }

    @Test func whatIsNotASCIIIsPercentEncoded() {
        #expect(BinanceStreams.percentEncoded("币a@b_c-1&/") == "%E5%B8%81a@b_c-1%26%2F")
    }
}
