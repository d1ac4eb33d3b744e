internal import Synchronization

/// What `/metrics` shows: named closures that are called when somebody asks.
public final class MetricsRegistry: Sendable {
    /// The kinds of metric of Prometheus' text format.
    public enum Kind: String, Sendable {
        /// Only grows; its name ends in `_total`.
        case counter
        /// Goes up and down.
        case gauge
        /// Samples `_bucket{le=…}`, `_sum` and `_count`.
        case histogram
    }

    /// One value.
    public struct Sample: Sendable {
        /// What is added to the metric's name, for example `_sum`.
        public var suffix: String
        /// Labels with their values. Never a user's input: each combination is a series for ever.
        public var labels: [(name: String, value: String)]
        /// The value.
        public var value: Double

        /// Creates a sample.
        public init(_ value: Double, labels: [(name: String, value: String)] = [], suffix: String = "") {
            self.suffix = suffix
            self.labels = labels
            self.value = value
        }
    }

    private struct Metric: Sendable {
        let name: String
        let help: String
        let kind: Kind
        let read: @Sendable () -> [Sample]
    }

    private let metrics = Mutex<[Metric]>([])
    private let refreshes = Mutex<[@Sendable () -> Void]>([])

    /// Creates an empty registry.
    public init() {}

    /// Adds a metric of several samples.
    ///
    /// - Parameters:
    ///   - name: `tickgate_…`.
    ///   - help: a sentence.
    ///   - kind: counter, gauge or histogram.
    ///   - read: the samples; called on an event loop, so it must be quick.
    public func register(
        _ name: String,
        _ help: String,
        _ kind: Kind = .counter,
        samples read: @escaping @Sendable () -> [Sample]
    ) {
        metrics.withLock { $0.append(Metric(name: name, help: help, kind: kind, read: read)) }
    }

    /// Adds a metric of one value.
    public func register(
        _ name: String,
        _ help: String,
        _ kind: Kind = .counter,
        value read: @escaping @Sendable () -> Int
    ) {
        register(name, help, kind) { [Sample(Double(read()))] }
    }

    /// Adds a closure that is called once before each text, for metrics that are looked up together.
    public func beforeText(_ refresh: @escaping @Sendable () -> Void) { refreshes.withLock { $0.append(refresh) } }

    /// The text of all metrics, in order of name (Prometheus exposition format 0.0.4).
    public func text() -> String {
        for refresh in refreshes.withLock({ $0 }) { refresh() }
        let metrics = self.metrics.withLock { $0 }.sorted { $0.name < $1.name }
        var text = ""
        var last = ""
        for metric in metrics {
            if metric.name != last {
                text +=
                    "# HELP \(metric.name) \(Self.escaped(metric.help))\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
                last = metric.name
            }
            for sample in metric.read() {
                text +=
                    metric.name + sample.suffix + Self.labels(sample.labels) + " " + Self.number(sample.value) + "\n"
            }
        }
        return text
    }

    /// All samples now, in order of name: what ``text()`` says, in parts.
    func samples() -> [(name: String, kind: Kind, labels: String, value: Double)] {
        for refresh in refreshes.withLock({ $0 }) { refresh() }
        return metrics.withLock { $0 }.sorted { $0.name < $1.name }.flatMap { metric in
            metric.read().map { (metric.name + $0.suffix, metric.kind, Self.labels($0.labels), $0.value) }
        }
    }

    private static func labels(_ labels: [(name: String, value: String)]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.append(character)
            }
        }
        return result
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let integer = Int64(exactly: value) { return String(integer) }
        return value.description
    }
}
