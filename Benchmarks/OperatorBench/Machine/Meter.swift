import Glibc
import Measurement

/// What something cost: nanoseconds of the thread, and instructions and cycles in user mode where they are counted.
struct Cost {
    var nanoseconds: Double
    /// NaN where the machine does not count them.
    var instructions: Double
    /// NaN where the machine does not count them.
    var cycles: Double

    /// The median of each over some.
    static func median(_ costs: [Cost]) -> Cost {
        func middle(_ value: (Cost) -> Double) -> Double {
            let sorted = costs.map(value).sorted { $0 < $1 }
            return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
        }
        return Cost(
            nanoseconds: middle(\.nanoseconds),
            instructions: middle(\.instructions),
            cycles: middle(\.cycles)
        )
    }
}

/// Measures what the calling thread does.
struct Meter {
    private let instructions: HardwareCounter?
    private let cycles: HardwareCounter?

    init() {
        let instructions = HardwareCounter(.instructions)
        let cycles = HardwareCounter(.cycles)
        // A virtual machine may open counters that never count.
        let before = (instructions?.count ?? 0, cycles?.count ?? 0)
        var mixed: UInt64 = 1
        for step in 0..<100_000 { mixed = mixed &* 31 &+ UInt64(truncatingIfNeeded: getpid()) &+ UInt64(step) }
        let counts = mixed != 0 && (instructions?.count ?? 0) > before.0 && (cycles?.count ?? 0) > before.1
        self.instructions = counts ? instructions : nil
        self.cycles = counts ? cycles : nil
    }

    /// Whether the machine counts instructions and cycles.
    var hasCounters: Bool { instructions != nil && cycles != nil }

    /// What `body` costs.
    func measure<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) -> Cost {
        let start = (Self.threadNanoseconds, instructions?.count ?? 0, cycles?.count ?? 0)
        try body()
        let end = (cycles?.count ?? 0, instructions?.count ?? 0, Self.threadNanoseconds)
        return Cost(
            nanoseconds: Double(end.2 - start.0),
            instructions: hasCounters ? Double(end.1 - start.1) : .nan,
            cycles: hasCounters ? Double(end.0 - start.2) : .nan
        )
    }

    /// Nanoseconds of the thread on a processor, in the kernel too.
    private static var threadNanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// The processor's name.
func processorName() -> String {
    guard let file = fopen("/proc/cpuinfo", "r") else { return "unknown" }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, Int32(line.count), file) != nil {
        let text = line.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        guard text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") else { continue }
        return text[text.index(after: colon)...].split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    return "unknown"
}
