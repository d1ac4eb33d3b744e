import Foundation

/// What continuous queries cost, beside the built-in features of the same events in the same run.
///
///     LiveBench [--smoke] [--shape every|one|own]
///     LiveBench --ordered [--smoke]     milliseconds of queries over history: asked once, and along the ordered path
///
/// Each line: what the queries ask of (see `Case.Shape`), distinct queries, subscribers of each, how many events a second go
/// through when they come as fast as may be, the microseconds of processor time that each takes, and the microseconds from frame
/// to feature and from frame to the last delta when they come at a steady pace.
let arguments = CommandLine.arguments
let isSmoke = arguments.contains("--smoke")
let isOrdered = arguments.contains("--ordered")
let shape = arguments.firstIndex(of: "--shape").flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
let cases = Case.all(isSmoke: isSmoke).filter { shape == nil || $0.shape.rawValue == shape }
let number = ProcessInfo.processInfo.processIdentifier
let directory = FileManager.default.temporaryDirectory.path + "/live-bench-\(number)"
defer { try? FileManager.default.removeItem(atPath: directory) }
if isOrdered { try Ordered.run(directory: directory, rows: isSmoke ? 4_000 : 2_000_000) }
for one in isOrdered ? [] : cases {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let bench = try Bench(directory: directory, one)
    let throughput = try bench.measureThroughput(events: isSmoke ? 200 : one.events)
    // What is steady is well below what fits: an event that comes alone costs almost what a batch of them does.
    let rate = min(2_000, max(20, Int(throughput.eventsPerSecond) / (2 * Bench.batchEvents)))
    let latency = try bench.measureLatency(events: isSmoke ? 20 : min(rate * 3, 6_000), rate: rate)
    bench.close()
    let cells = [
        one.shape.rawValue, "\(one.queries)", "\(one.subscribers)", "\(Int(throughput.eventsPerSecond))",
        String(format: "%.1f", throughput.processorMicroseconds), "\(rate)", latency.builtIn.text,
        latency.queries.text,
    ]
    print(cells.joined(separator: "\t"))
}
