import Glibc
import Measurement

/// One run: the options, the machine's limits, the data, and where figures go.
struct Bench {
    let options: BenchOptions
    let report: Report
    let limits: MachineLimits
    let market: Market
    /// Nil where the machine does not count instructions.
    let instructions: HardwareCounter?
    /// Everything this run writes; removed at its end.
    let scratch: Scratch

    /// Finds or generates the data and measures the machine.
    init(_ options: BenchOptions) throws {
        self.options = options
        self.instructions = HardwareCounter(.instructions, countsNewThreads: true)
        self.report = Report(isJSON: options.isJSON)
        self.market = try Market(directory: options.market, rows: options.sizes.rows)
        self.scratch = try Scratch(in: options.data)
        self.limits = try MachineLimits(directory: scratch.path, sizes: options.sizes)
    }

    var sizes: Sizes { options.sizes }

    /// Runs the parts that were asked for.
    func run() throws {
        defer { scratch.remove() }
        report.begin()
        limits.tell(report)
        let loaded = LoadedStores(bench: self)
        for part in options.parts {
            switch part {
            case .append: try measureAppend()
            case .sync: try measureSync()
            case .size: try measureSize(loaded)
            case .scan: try measureScan(loaded)
            case .recovery: try measureRecovery()
            case .large: try measureLarge()
            case .address: try measureAddress()
            case .series: try measureSeries()
            case .compaction: try measureCompaction()
            case .kernels: try measureKernels()
            }
        }
    }
}

/// A directory of this run's own.
struct Scratch {
    /// The directory.
    let path: String

    init(in parent: String) throws(BenchFailure) {
        path = "\(parent)/store-bench-\(getpid())"
        guard mkdir(path, 0o700) == 0 else {
            throw BenchFailure("cannot create \(path): error \(errno); --data must name a directory that exists")
        }
    }

    /// The path of something in it that does not exist yet.
    func fresh(_ name: String) -> String {
        let child = "\(path)/\(name)"
        Files.remove(child)
        return child
    }

    func remove() { Files.remove(path) }
}
