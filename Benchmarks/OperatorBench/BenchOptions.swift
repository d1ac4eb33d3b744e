import Glibc

/// What the command line asks for.
struct BenchOptions {
    /// Whether sizes are tiny, and the figures mean nothing.
    var isSmoke = false
    /// A line of JSON per question in place of the table.
    var isJSON = false
    /// Parts of the names of the questions to ask; none asks all.
    var only: [String] = []
    /// Whether the loops run too; without them a profile shows the engine alone.
    var hasLoops = true
    /// Whether to ask for each indicator in place of the usual questions.
    var asksIndicators = false
    /// Where to write the bars that indicators are asked of, for another program to measure the same.
    var barsFile: String?
    /// Series of the trades, and of the quotes.
    var series = 20
    /// Rows of each.
    var rows = 50_000
    /// Times that each question is measured; the median counts.
    var repeats = 5

    /// How to call it.
    static let usage = """
        OperatorBench [--smoke] [--json] [--only WORD,WORD] [--no-loops] [--indicators] [--bars FILE]
            [--series N] [--rows N] [--repeats N]
        """
    /// As many as the merging loop has room for.
    static let seriesMax = 256

    /// Reads the arguments, without the program's name.
    init(_ arguments: some Sequence<String>) throws(BenchFailure) {
        var rest = Array(arguments)[...]
        while let flag = rest.popFirst() {
            switch flag {
            case "--smoke": (isSmoke, series, rows, repeats) = (true, 4, 2_000, 1)
            case "--json": isJSON = true
            case "--no-loops": hasLoops = false
            case "--indicators": asksIndicators = true
            case "--bars": barsFile = try Self.value(of: flag, in: &rest)
            case "--only":
                only = try Self.value(of: flag, in: &rest).lowercased().split(separator: ",").map(String.init)
            case "--series": series = try Self.number(of: flag, upTo: Self.seriesMax, in: &rest)
            case "--rows": rows = try Self.number(of: flag, upTo: 10_000_000, in: &rest)
            case "--repeats": repeats = try Self.number(of: flag, upTo: 1_000_000, in: &rest)
            default: throw BenchFailure("unknown argument \(flag)\n\(Self.usage)")
            }
        }
    }

    /// Whether a question is asked.
    func asks(_ name: String) -> Bool {
        only.isEmpty || only.contains { name.lowercased().contains($0) }
    }

    private static func value(of flag: String, in rest: inout ArraySlice<String>) throws(BenchFailure) -> String {
        guard let value = rest.popFirst() else { throw BenchFailure("\(flag) needs a value\n\(usage)") }
        return value
    }

    private static func number(
        of flag: String,
        upTo most: Int,
        in rest: inout ArraySlice<String>
    ) throws(BenchFailure) -> Int {
        guard let number = Int(try value(of: flag, in: &rest)), 1...most ~= number else {
            throw BenchFailure("\(flag) needs a number from 1 to \(most)\n\(usage)")
        }
        return number
    }
}

/// Why the benchmark cannot go on.
struct BenchFailure: Error, CustomStringConvertible {
    /// What is wrong.
    let description: String
    /// Creates a failure.
    init(_ description: String) { self.description = description }
}

/// Writes a line to standard error.
func complain(_ line: String) { put(line, on: 2) }

/// Writes a line to standard output, at once.
func say(_ line: String) { put(line, on: 1) }

private func put(_ line: String, on file: Int32) {
    let bytes = Array((line + "\n").utf8)
    _ = write(file, bytes, bytes.count)
}
