internal import Wire

/// Durations in buckets that grow by powers of about three, from 100 µs to 100 s.
final class Histogram: Sendable {
    private static let bounds: [Int64] = [
        100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000, 300_000_000, 1_000_000_000,
        3_000_000_000, 10_000_000_000, 30_000_000_000, 100_000_000_000,
    ]

    private let buckets: [Counter]
    private let sum = Counter()

    init() { buckets = (0...Self.bounds.count).map { _ in Counter() } }

    func record(nanoseconds: Int64) {
        let index = Self.bounds.firstIndex { nanoseconds <= $0 } ?? Self.bounds.count
        buckets[index].add()
        sum.add(Int(nanoseconds))
    }

    var samples: [MetricsRegistry.Sample] {
        var result: [MetricsRegistry.Sample] = []
        var count = 0
        for (index, bucket) in buckets.enumerated() {
            count += bucket.value
            let bound = index < Self.bounds.count ? (Double(Self.bounds[index]) / 1e9).description : "+Inf"
            result.append(.init(Double(count), labels: [("le", bound)], suffix: "_bucket"))
        }
        result.append(.init(Double(sum.value) / 1e9, suffix: "_sum"))
        result.append(.init(Double(count), suffix: "_count"))
        return result
    }
}
