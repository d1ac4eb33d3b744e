import Glibc

// Measures the store on its own: docs in Benchmarks/README.md.
do {
    let options = try BenchOptions(CommandLine.arguments.dropFirst())
    try Bench(options).run()
} catch {
    complain("StoreBench: \(error)")
    exit(1)
}
