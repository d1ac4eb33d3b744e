import Foundation

/// What continuous queries cost, beside the built-in features of the same events in the same run.
///
///     LiveBench [--smoke]
///     LiveBench --ordered [--smoke]     milliseconds of queries over history: asked once, and along the ordered path
///
/// Each line: distinct queries, subscribers of each, how many events a second go through when they come as fast as may be,
/// and the microseconds from frame to feature and from frame to the last delta when they come at a steady pace.
let isSmoke = CommandLine.arguments.contains("--smoke")
let isOrdered = CommandLine.arguments.contains("--ordered")
let cases = isSmoke ? [(0, 0), (3, 1), (1, 5)] : [(0, 0), (1, 1), (10, 1), (100, 1), (1_000, 1), (1, 1_000)]
let number = ProcessInfo.processInfo.processIdentifier
let directory = FileManager.default.temporaryDirectory.path + "/live-bench-\(number)"
defer { try? FileManager.default.removeItem(atPath: directory) }
if isOrdered { try Ordered.run(directory: directory, rows: isSmoke ? 4_000 : 2_000_000) }
for (queries, subscribers) in isOrdered ? [] : cases {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let bench = try Bench(directory: directory, queries: queries, subscribers: subscribers)
    let heavy = max(queries, subscribers / 100)
    let events = isSmoke ? 200 : max(4_000, 200_000 / max(heavy, 1))
    let throughput = try bench.measureThroughput(events: events)
    // What is steady is well below what fits.
    let rate = min(2_000, max(20, Int(throughput / 4)))
    let latency = try bench.measureLatency(events: isSmoke ? 20 : min(rate * 3, 6_000), rate: rate)
    bench.close()
    let cells = [
        "\(queries)", "\(subscribers)", "\(Int(throughput))", "\(rate)", latency.builtIn.text, latency.queries.text,
    ]
    print(cells.joined(separator: "\t"))
}
