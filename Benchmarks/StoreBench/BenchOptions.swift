import Glibc

/// What the command line asks for.
struct BenchOptions: Sendable {
    /// Parts to run, in this order.
    var parts = Part.allCases
    /// Directory of raw columns and `meta.json`; nil generates data.
    var market: String?
    /// Directory for the stores; on the disk that is to be measured.
    var data = environment("TMPDIR") ?? "/tmp"
    /// A line of JSON per figure in place of the table.
    var isJSON = false
    /// How large everything is.
    var sizes = Sizes.usual

    /// How to call it.
    static let usage = """
        StoreBench [--smoke | --full] [--json] [--parts \(Part.allCases.map(\.rawValue).joined(separator: ","))]
                   [--market DIR] [--data DIR]
        """

    /// Reads the arguments, without the program's name.
    init(_ arguments: some Sequence<String>) throws(BenchFailure) {
        var rest = Array(arguments)[...]
        while let flag = rest.popFirst() {
            switch flag {
            case "--smoke": sizes = .smoke
            case "--full": sizes = .full
            case "--json": isJSON = true
            case "--market": market = try Self.value(of: flag, in: &rest)
            case "--data": data = try Self.value(of: flag, in: &rest)
            case "--parts": parts = try Self.parts(Self.value(of: flag, in: &rest))
            default: throw BenchFailure("unknown argument \(flag)\n\(Self.usage)")
            }
        }
    }

    private static func value(of flag: String, in rest: inout ArraySlice<String>) throws(BenchFailure) -> String {
        guard let value = rest.popFirst() else { throw BenchFailure("\(flag) needs a value\n\(usage)") }
        return value
    }

    private static func parts(_ names: String) throws(BenchFailure) -> [Part] {
        var parts: [Part] = []
        for name in names.split(separator: ",") {
            guard let part = Part(rawValue: String(name)) else {
                throw BenchFailure("unknown part \(name)\n\(usage)")
            }
            parts.append(part)
        }
        return parts
    }
}

/// One thing that is measured. Those that look at the process's memory come first, before others leave gaps in its heap.
enum Part: String, Sendable, CaseIterable {
    /// A large store: memory while it grows, and opening it.
    case large
    /// Very many series.
    case series
    /// Appends as a feed brings them.
    case append
    /// Many writers that each wait for the disk.
    case sync
    /// Bytes on disk.
    case size
    /// Reading columns.
    case scan
    /// Replay of the WAL.
    case recovery
    /// Reading a row by its time.
    case address
    /// Ingest beside compaction.
    case compaction
    /// Checksums and bit-unpacking.
    case kernels
}

/// How large everything is.
struct Sizes: Sendable {
    /// Whether the figures mean nothing.
    var isSmoke = false
    /// Rows a table, where they are generated here or cut from a market directory.
    var rows = 10_000_000
    /// Copies of all rows, each five days later, that make the large store.
    var largeCopies = 10
    /// For how long the `sync` writers write, and the machine's own limits are taken.
    var seconds = 3.0
    /// Rows in the WAL that is replayed.
    var recoveryRows = 4_000_000
    /// Rows of the series that are addressed.
    var seriesRows = [1_000, 10_000, 100_000, 1_000_000, 10_000_000]
    /// Random reads of each.
    var reads = 1_000
    /// Series of the table with very many.
    var seriesCount = 100_000
    /// Times that a scan is repeated; the median counts.
    var repeats = 7

    /// What figures are quoted from.
    static let usual = Sizes()
    /// As ``usual``, with a series of 100 M rows.
    static let full = Sizes(seriesRows: Sizes.usual.seriesRows + [100_000_000])
    /// Shows within seconds that everything runs.
    static let smoke = Sizes(
        isSmoke: true,
        rows: 100_000,
        largeCopies: 2,
        seconds: 0.2,
        recoveryRows: 50_000,
        seriesRows: [1_000, 10_000, 100_000],
        reads: 100,
        seriesCount: 2_000,
        repeats: 3
    )
}

/// Why the benchmark cannot go on: a result that is wrong, or a machine that refuses.
struct BenchFailure: Error, CustomStringConvertible {
    /// What is wrong.
    let description: String
    /// Creates a failure.
    init(_ description: String) { self.description = description }
}

/// A variable of the environment; nil if it is absent or empty.
func environment(_ name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
}

/// Writes a line to standard error.
func complain(_ line: String) { put(line, on: 2) }

/// Writes a line to standard output, at once.
func say(_ line: String) { put(line, on: 1) }

private func put(_ line: String, on file: Int32) {
    let bytes = Array((line + "\n").utf8)
    _ = write(file, bytes, bytes.count)
}
