import Glibc

// Measures the writers of answers: docs in Benchmarks/README.md.
do {
    try OutputBench(OutputBenchOptions(CommandLine.arguments.dropFirst())).run()
} catch {
    let line = "OutputBench: \(error)\n"
    _ = write(2, line, line.utf8.count)
    exit(1)
}
