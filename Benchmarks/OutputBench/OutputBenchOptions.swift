/// What the command line asks for.
struct OutputBenchOptions {
    /// Rows of one answer; more than the caches hold.
    var rowCount = 100_000
    /// Times that everything is measured; the fastest counts.
    var rounds = 10
    /// For how long everything is measured each time, in seconds of the thread.
    var seconds = 0.1
    /// A line of JSON a figure in place of the table.
    var isJSON = false

    /// How to call it.
    static let usage = "OutputBench [--smoke] [--json]"

    /// Reads the arguments, without the program's name.
    init(_ arguments: some Sequence<String>) throws(OutputBenchFailure) {
        for argument in arguments {
            switch argument {
            case "--smoke": (rowCount, rounds, seconds) = (10_000, 1, 0.01)
            case "--json": isJSON = true
            default: throw OutputBenchFailure("unknown argument \(argument)\n\(Self.usage)")
            }
        }
    }
}

/// Why the benchmark cannot go on.
struct OutputBenchFailure: Error, CustomStringConvertible {
    /// What is wrong.
    let description: String
    /// Creates a failure.
    init(_ description: String) { self.description = description }
}
