import Columnar
import FoundationEssentials
import Glibc

/// A directory of raw little-endian columns with a `meta.json` of their sums.
struct MarketFiles {
    private struct Meta: Decodable {
        struct Trades: Decodable {
            let sumSize: Double
            let maxPrice: Double
            let perSymbol: [Int]
        }
        struct Quotes: Decodable {
            let sumBsz: Double
            let perSymbol: [Int]
        }
        let symbols: [String]
        let trades: Trades
        let quotes: Quotes
    }

    let directory: String
    /// Only that many rows from the start of each table are used.
    let rowsMax: Int

    /// Maps the columns and compares them with the sums.
    func market() throws(BenchFailure) -> Market {
        let meta = try readMeta()
        let trades = MarketTable(
            name: "trades",
            symbols: meta.symbols,
            times: try map("trades/ts.i64"),
            series: try map("trades/sym.u8"),
            sides: try map("trades/side.u8"),
            numbers: [
                MarketTable.Number(name: "price", values: try map("trades/price.f64"), scale: 2),
                MarketTable.Number(name: "size", values: try map("trades/size.f64"), scale: 3),
            ]
        )
        let quotes = MarketTable(
            name: "quotes",
            symbols: meta.symbols,
            times: try map("quotes/ts.i64"),
            series: try map("quotes/sym.u8"),
            sides: nil,
            numbers: [
                MarketTable.Number(name: "bid", values: try map("quotes/bid.f64"), scale: 2),
                MarketTable.Number(name: "ask", values: try map("quotes/ask.f64"), scale: 2),
                MarketTable.Number(name: "bsz", values: try map("quotes/bsz.f64"), scale: 3),
                MarketTable.Number(name: "asz", values: try map("quotes/asz.f64"), scale: 3),
            ]
        )
        if meta.trades.perSymbol.reduce(0, +) == trades.count {
            let prices = trades.values("price")
            try compare("sum_size", sum(trades.values("size")), meta.trades.sumSize)
            try compare("max_price", (0..<prices.count).reduce(0) { max($0, prices[$1]) }, meta.trades.maxPrice)
            try compare("sum_bsz", sum(quotes.values("bsz")), meta.quotes.sumBsz)
            try compareCounts(trades, meta.trades.perSymbol)
            try compareCounts(quotes, meta.quotes.perSymbol)
        }
        return Market(trades: trades, quotes: quotes)
    }

    private func readMeta() throws(BenchFailure) -> Meta {
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Meta.self, from: Data(Files.read("\(directory)/meta.json")))
        } catch {
            throw BenchFailure("\(directory)/meta.json: \(error)")
        }
    }

    private func map<Element: BitwiseCopyable & Sendable>(_ name: String) throws(BenchFailure) -> Buffer<Element> {
        let file = try MappedFile("\(directory)/\(name)")
        let count = min(rowsMax, file.byteCount / MemoryLayout<Element>.stride)
        return Buffer(base: file.base.assumingMemoryBound(to: Element.self), count: count, owner: file)
    }

    private func sum(_ values: Buffer<Double>) -> Double {
        var total = 0.0
        for index in 0..<values.count { total += values[index] }
        return total
    }

    private func compareCounts(_ table: MarketTable, _ wanted: [Int]) throws(BenchFailure) {
        var counts = [Int](repeating: 0, count: table.symbols.count)
        for row in 0..<table.count { counts[Int(table.series[row])] += 1 }
        guard counts == wanted else { throw BenchFailure("\(table.schema.name): rows a symbol differ from meta.json") }
    }

    private func compare(_ name: String, _ value: Double, _ wanted: Double) throws(BenchFailure) {
        // The orders of summation differ.
        guard (value - wanted).magnitude <= wanted.magnitude * 1e-9 else {
            throw BenchFailure("\(name) is \(value), not \(wanted) as meta.json says")
        }
    }
}

/// A file that is mapped for as long as this lives.
final class MappedFile {
    let base: UnsafeRawPointer
    let byteCount: Int

    init(_ path: String) throws(BenchFailure) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw BenchFailure("cannot open \(path): error \(errno)") }
        defer { close(file) }
        byteCount = Int(lseek(file, 0, SEEK_END))
        guard byteCount > 0, let mapped = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, file, 0), mapped != MAP_FAILED
        else { throw BenchFailure("cannot map \(path): error \(errno)") }
        base = UnsafeRawPointer(mapped)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }
}
