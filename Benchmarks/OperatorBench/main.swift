import Glibc

// What each operator of the query engine costs a row, beside a plain loop: docs in Benchmarks/README.md.
do {
    let options = try BenchOptions(CommandLine.arguments.dropFirst())
    let failures = try OperatorBench(options).run()
    exit(failures == 0 ? 0 : 1)
} catch {
    complain("OperatorBench: \(error)")
    exit(1)
}
