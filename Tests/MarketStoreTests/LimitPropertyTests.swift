import Columnar
import MarketStore
import Store
import TestSupport
import Testing

@Suite("Limits of queries, against the plainest way")
struct LimitPropertyTests {
    private static let symbols = ["A", "B", "C", "D"]
    private static let start: Int64 = 1_672_531_200

    private struct Bar: Equatable {
        let time: Int64
        let price: Float
        let volume: Int64
    }

    /// Bars of a symbol by slot: the last write counts.
    private struct Model {
        var bars: [String: [Int64: Bar]] = [:]

        func answer(_ symbol: String, _ query: DataQuery) -> [Bar] {
            let (start, end) = (query.epochStart ?? .min, query.epochEnd ?? .max)
            let found = (bars[symbol] ?? [:]).values.filter { start <= $0.time && $0.time <= end }
            let all = found.sorted { $0.time < $1.time }
            let limit = Int(query.limit ?? .max)
            return Array(query.isLimitFromStart ? all.prefix(limit) : all.suffix(limit))
        }
    }

    /// Writes bars that mostly follow each other, some into slots that are filled.
    private func write(
        _ fixture: ServiceFixture,
        _ model: inout Model,
        _ random: inout SeededGenerator
    ) throws {
        let symbol = try #require(Self.symbols.randomElement(using: &random))
        var slot = Int64.random(in: 0...3_000, using: &random)
        let count = [1, 5, 400, 6_000].randomElement(using: &random) ?? 1
        var price = 10_000
        let bars = (0..<count).map { _ -> Bar in
            slot += Int.random(in: 0..<100, using: &random) == 0 ? 60 : 1
            price += Int.random(in: -3...3, using: &random)
            let volume = Int64.random(in: 1...10_000, using: &random)
            return Bar(time: Self.start + slot * 60, price: Float(price) / 100, volume: volume)
        }
        let columns: [Dataset.Column] = [
            .epoch(bars.map(\.time)), .of("Price", "f4", bars.map(\.price)), .of("Volume", "i8", bars.map(\.volume)),
        ]
        #expect(fixture.write("\(symbol)/1Min/BAR", columns) == nil)
        for bar in bars { model.bars[symbol, default: [:]][bar.time] = bar }
    }

    private func delete(_ fixture: ServiceFixture, _ model: inout Model, _ random: inout SeededGenerator) throws {
        guard let symbol = model.bars.keys.sorted().randomElement(using: &random) else { return }
        let first = Self.start + Int64.random(in: 0...3_000, using: &random) * 60
        let end = first + Int64.random(in: 1...2_000, using: &random) * 60
        let time = TimeRange(start: first * CivilTime.second, end: end * CivilTime.second)
        try fixture.store.dropRows(of: "1Min/BAR", series: .named([symbol]), time: time)
        model.bars[symbol] = model.bars[symbol]?.filter { !(first..<end).contains($0.key) }
    }

    private func query(_ model: Model, _ random: inout SeededGenerator) -> DataQuery {
        var query = DataQuery()
        let symbols = model.bars.keys.sorted().filter { _ in Bool.random(using: &random) }
        let names = symbols.isEmpty ? "*" : symbols.shuffled(using: &random).joined(separator: ",")
        query.destination = "\(names)/1Min/BAR"
        let time = { (random: inout SeededGenerator) in
            Self.start + Int64.random(in: -10...10_000, using: &random) * 60 + Int64.random(in: -1...1, using: &random)
        }
        if Int.random(in: 0..<3, using: &random) == 0 { query.epochStart = time(&random) }
        if Int.random(in: 0..<3, using: &random) != 0 { query.epochEnd = time(&random) }
        query.limit = [1, 1, 2, 7, 100].randomElement(using: &random)
        query.isLimitFromStart = Bool.random(using: &random)
        return query
    }

    @Test(
        "gives the first or the last bars of each symbol before an end and after a start",
        arguments: 1...8 as ClosedRange<UInt64>
    )
    func limits(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let fixture = try ServiceFixture(seed: seed)
        var model = Model()
        for round in 0..<10 {
            try write(fixture, &model, &random)
            if round % 4 == 3 { try delete(fixture, &model, &random) }
            if Bool.random(using: &random) { try fixture.store.flush() }
            for _ in 0..<12 {
                let query = query(model, &random)
                let answer = try fixture.service.query([query])[0]
                let epochs = answer.epochs
                let prices = try answer.float("Price")
                let volumes = try answer.int64("Volume")
                #expect(!answer.spans.isEmpty)
                for span in answer.spans {
                    let symbol = String(span.key.prefix { $0 != "/" })
                    let found = (span.start..<span.start + span.count).map { row in
                        Bar(time: epochs[row], price: prices[row], volume: volumes[row])
                    }
                    #expect(found == model.answer(symbol, query), "\(symbol) of \(query), seed \(seed)")
                }
            }
        }
    }
}
