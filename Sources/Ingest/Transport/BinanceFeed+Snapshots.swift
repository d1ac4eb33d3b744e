import Logging
import NIOCore
import Wire

extension BinanceFeed {
    /// How long the venue is left alone after a 429 or 418 that does not say how long.
    private static let pauseDefault: Int64 = 60_000_000_000
    /// The longest pause that is believed: three days, the venue's longest ban.
    private static let pauseMax: Int64 = 3 * 86_400_000_000_000

    var monotonicNow: Int64 { Int64(clamping: eventLoop.now.uptimeNanoseconds) }

    /// Fetches the next snapshot that is wanted, or waits until it may be fetched.
    func fetchSnapshots() {
        guard connection != nil else { return }
        snapshotTimer?.cancel()
        switch snapshots.next(now: monotonicNow) {
        case .idle: break
        case .wait(let time):
            let delay = max(time - monotonicNow, 1_000_000)
            snapshotTimer = eventLoop.scheduleTask(in: .nanoseconds(delay)) { [self] in fetchSnapshots() }
        case .fetch(let symbol): fetch(symbol)
        }
    }

    private func fetch(_ symbol: String) {
        let generation = self.generation
        let name = BinanceStreams.percentEncoded(symbol)
        let target = "/api/v3/depth?symbol=\(name)&limit=\(configuration.snapshotLimit)"
        guard let url = try? restURL.with(target: target) else { return }
        http.execute(HTTPClientRequest(url: url), on: eventLoop).whenComplete { [self] result in
            guard generation == self.generation, isRunning else { return }
            let outcome = use(result, of: symbol)
            snapshots.finished(isUsable: outcome == .usable)
            if outcome == .failed { snapshots.enqueue(symbol, now: monotonicNow) }
            perform(adapter.takeActions())
            deliver()
            fetchSnapshots()
        }
    }

    private enum Outcome {
        case usable
        /// Older than what waits for it; the adapter asks again.
        case tooOld
        case failed
    }

    private func use(_ result: Result<HTTPResponse, any Error>, of symbol: String) -> Outcome {
        let problem: String
        switch result {
        case .failure(let error): problem = "\(error)"
        case .success(let response) where response.status == .ok:
            do throws(IngestError) {
                let tooOld = adapter.counters.snapshotsTooOld
                try response.body.withBytes { bytes throws(IngestError) in
                    try adapter.snapshot(
                        symbol: symbol,
                        body: bytes,
                        receiveTime: environment.clock(),
                        into: &batch
                    )
                }
                return adapter.counters.snapshotsTooOld == tooOld ? .usable : .tooOld
            } catch {
                problem = "\(error)"
            }
        case .success(let response):
            heedRetryAfter(response)
            problem = "status \(response.status.code)"
        }
        statistics.countSnapshotFailure()
        statistics.note(error: "snapshot of \(symbol): \(problem)")
        environment.logger.warning(
            "snapshot failed",
            metadata: ["symbol": .string(symbol), "error": .string(problem)]
        )
        return .failed
    }

    /// A venue that limits says for how long (RFC 9110 §10.2.3, in seconds).
    func heedRetryAfter(_ response: HTTPResponse) {
        guard response.status.code == 429 || response.status.code == 418 || response.status.code == 503 else { return }
        let seconds = response.fields["Retry-After"].flatMap { Int64($0) }.map { min(max($0, 1), 1_000_000) }
        let pause = min(seconds.map { $0 * 1_000_000_000 } ?? Self.pauseDefault, Self.pauseMax)
        pausedUntil = max(pausedUntil, monotonicNow + pause)
        snapshots.pause(until: pausedUntil)
    }
}
