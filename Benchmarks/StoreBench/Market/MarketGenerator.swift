import Columnar
import Glibc
import Measurement

/// Seeded market data: the same shape as recorded data has, the same rows in every run.
///
/// Twenty symbols of falling popularity over five days, exponential gaps between rows in nanoseconds, prices that walk
/// on a tick of 0.01, sizes on 0.001.
struct MarketGenerator {
    let rows: Int

    private static let symbolCount = 20
    private static let days = 5
    private static let start: Int64 = 1_704_067_200_000_000_000
    private static let day: Int64 = 86_400_000_000_000

    func market() -> Market {
        let symbols = (0..<Self.symbolCount).map { "S" + ($0 < 10 ? "0" : "") + String($0) }
        var random = SplitMix64(state: 42)
        let trades = columns(&random) { middle, random in
            [round(middle, 100), round(random.lognormal(0) + 0.001, 1_000)]
        }
        let sides = (0..<rows).map { _ in UInt8(random.next() >> 63) }
        let quotes = columns(&random) { middle, random in
            let half = max(0.005, middle * 1e-4 * (0.2 + 1.3 * random.unit()))
            let bid = round(middle - half, 100)
            let ask = max(round(middle + half, 100), round(bid + 0.01, 100))
            return [
                bid, ask, round(random.lognormal(1) + 0.001, 1_000), round(random.lognormal(1) + 0.001, 1_000),
            ]
        }
        return Market(
            trades: table("trades", symbols, trades, Buffer(sides), [("price", 2), ("size", 3)]),
            quotes: table("quotes", symbols, quotes, nil, [("bid", 2), ("ask", 2), ("bsz", 3), ("asz", 3)])
        )
    }

    private struct Columns {
        var times: [Int64] = []
        var series: [UInt8] = []
        var numbers: [[Double]] = []
    }

    private func columns(
        _ random: inout SplitMix64,
        row: (Double, inout SplitMix64) -> [Double]
    ) -> Columns {
        var columns = Columns()
        let weights = (0..<Self.symbolCount).map { pow(Double($0 + 1), -0.7) }
        let total = weights.reduce(0, +)
        var middles = (0..<Self.symbolCount).map { 10 * pow(1.35, Double($0)) }
        let gap = Double(Int64(Self.days) * Self.day - 1_000_000_000) / Double(rows)
        var time = 0.0
        for _ in 0..<rows {
            time = min(time - log(1 - random.unit()) * gap, gap * Double(rows))
            var rest = random.unit() * total
            let symbol = weights.firstIndex { weight in
                rest -= weight
                return rest < 0
            }
            let series = symbol ?? Self.symbolCount - 1
            middles[series] *= exp(random.normal() * 2e-5)
            columns.times.append(Self.start + Int64(time))
            columns.series.append(UInt8(series))
            let numbers = row(middles[series], &random)
            if columns.numbers.isEmpty { columns.numbers = numbers.map { _ in [] } }
            for (index, number) in numbers.enumerated() { columns.numbers[index].append(number) }
        }
        return columns
    }

    private func table(
        _ name: String,
        _ symbols: [String],
        _ columns: Columns,
        _ sides: Buffer<UInt8>?,
        _ names: [(String, Int)]
    ) -> MarketTable {
        MarketTable(
            name: name,
            symbols: symbols,
            times: Buffer(columns.times),
            series: Buffer(columns.series),
            sides: sides,
            numbers: zip(names, columns.numbers).map { name, values in
                MarketTable.Number(name: name.0, values: Buffer(values), scale: name.1)
            }
        )
    }
}

private func round(_ value: Double, _ power: Double) -> Double { (value * power).rounded() / power }
