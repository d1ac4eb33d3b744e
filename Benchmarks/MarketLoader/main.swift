import Glibc

// Makes market data and loads it into a store: docs in Benchmarks/README.md.
do {
    let options = try LoaderOptions(CommandLine.arguments.dropFirst())
    try Loader(options).run()
} catch {
    let line = Array("MarketLoader: \(error)\n".utf8)
    _ = write(2, line, line.count)
    exit(1)
}
