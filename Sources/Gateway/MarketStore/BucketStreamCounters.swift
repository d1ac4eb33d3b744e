internal import Wire

/// What MarketStore's stream counts.
final class BucketStreamCounters: Sendable {
    let connections = Counter()
    let streams = Counter()
    let messages = Counter()
    let pushes = Counter()
    let queueBytes = Counter()
    let shelved = Counter()
    let shelfBytes = Counter()
    let early = Counter()
    let lagCloses = Counter()
    let rateCloses = Counter()
    let ignored = Counter()
    let refused = Counter()
    let lostRows = Counter()
    let unknownRows = Counter()

    func register(in registry: MetricsRegistry) {
        let gauges: [(String, String, Counter)] = [
            ("connections", "Open connections of MarketStore's stream.", connections),
            ("streams", "Streams and patterns that its clients follow.", streams),
            ("queue_bytes", "Bytes that wait for its slow clients.", queueBytes),
            ("shelved_bars", "Bars that wait for the end of their slot.", shelved),
            ("shelf_bytes", "Bytes of those bars.", shelfBytes),
        ]
        for (name, help, counter) in gauges {
            registry.register("tickgate_marketstore_stream_\(name)", help, .gauge) { counter.value }
        }
        let totals: [(String, String, Counter)] = [
            ("messages", "Rows that became a message, each once for all its receivers.", messages),
            ("pushes", "Messages written or queued for clients, each receiver counted.", pushes),
            ("early_bars", "Bars pushed before their slot ended, since too many waited.", early),
            ("lag_closes", "Connections closed with 4008: too slow.", lagCloses),
            ("rate_closes", "Connections closed with 4009: too many requests.", rateCloses),
            ("ignored", "Messages of clients that were not understood.", ignored),
            ("refused", "Requests that were refused.", refused),
            ("lost_rows", "Rows not pushed since the stream could not keep up with writes.", lostRows),
            ("unknown_rows", "Rows of buckets that were gone when they should have been pushed.", unknownRows),
        ]
        for (name, help, counter) in totals {
            registry.register("tickgate_marketstore_stream_\(name)_total", help) { counter.value }
        }
    }
}
