internal import MarketStore
internal import Wire

/// What is counted of MarketStore's calls.
final class MarketStoreCounters: Sendable {
    /// Calls that were turned away because too many waited.
    let refused = Counter()
    private let answered: [Counter]
    private let failed: [Counter]
    private let times: [Histogram]

    /// A place for each method, and one for calls of none.
    init() {
        let count = RPCMethod.allCases.count + 1
        answered = (0..<count).map { _ in Counter() }
        failed = (0..<count).map { _ in Counter() }
        times = (0..<count).map { _ in Histogram() }
    }

    private static func name(_ place: Int) -> String {
        RPCMethod.allCases.indices.contains(place) ? RPCMethod.allCases[place].name : "unknown"
    }

    func finished(_ reply: RPCReply, nanoseconds: Int64) {
        let place = reply.method.flatMap { RPCMethod.allCases.firstIndex(of: $0) } ?? RPCMethod.allCases.count
        (reply.isFailure ? failed : answered)[place].add()
        times[place].record(nanoseconds: nanoseconds)
    }

    func register(in registry: MetricsRegistry, _ threads: MarketStoreThreads) {
        registry.register(
            "tickgate_marketstore_calls_total",
            "Calls of MarketStore's clients by method; failed if any part of one was."
        ) { [self] in
            answered.indices.flatMap { place in
                [(answered[place], "answered"), (failed[place], "failed")].compactMap { counter, outcome in
                    guard counter.value > 0 else { return nil }
                    let labels = [("method", Self.name(place)), ("outcome", outcome)]
                    return MetricsRegistry.Sample(Double(counter.value), labels: labels)
                }
            }
        }
        registry.register(
            "tickgate_marketstore_call_seconds",
            "Time from a call's last byte to its answer's first, by method.",
            .histogram
        ) { [self] in
            times.enumerated().flatMap { place, time in
                time.samples.map { sample in
                    MetricsRegistry.Sample(
                        sample.value,
                        labels: [("method", Self.name(place))] + sample.labels,
                        suffix: sample.suffix
                    )
                }
            }
        }
        registry.register("tickgate_marketstore_calls_refused_total", "Calls refused because too many waited.") {
            [self] in
            refused.value
        }
        registry.register("tickgate_marketstore_calls_active", "Calls that run or wait for a thread.", .gauge) {
            threads.callCount
        }
    }
}
