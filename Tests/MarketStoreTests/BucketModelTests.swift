import Columnar
import MarketStore
import Store
import TestSupport
import Testing

/// Random writes and queries against a dictionary of rows.
@Suite("Buckets")
struct BucketModelTests {
    /// A bucket as it should be: rows by time, in the order in which they were written.
    private struct Model {
        var isVariable: Bool
        var rows: [(time: Int64, value: Double)] = []

        mutating func write(_ time: Int64, _ value: Double) {
            if !isVariable { rows.removeAll { $0.time == time } }
            let place = rows.firstIndex { $0.time > time } ?? rows.count
            rows.insert((time, value), at: place)
        }
    }

    @Test("answer as a list of their rows would", arguments: 1...12 as ClosedRange<UInt64>)
    func model(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let zone = generator.pick(["UTC", "America/New_York", "Asia/Tokyo"])
        let rules = try #require(ZoneRules(named: zone))
        let timeframe = generator.pick(["1Sec", "1Min", "4H", "1D", "1W", "1M"])
        let parsed = try #require(Timeframe(timeframe))
        let isVariable = generator.oneIn(2)
        let fixture = try ServiceFixture(zone: zone, seed: seed)
        let symbols = ["A", "B", "C"]
        var models: [String: Model] = [:]
        // From before 1970 on, so close that slots are hit twice.
        let span = Int(parsed.nanoseconds / 1_000_000_000) * 40
        func time(_ generator: inout SeededGenerator) -> (Int64, Int32) {
            (Int64(generator.int(-span / 4...span)), Int32(generator.int(0...999_999_999)))
        }
        for _ in 0..<30 {
            let count = generator.int(1...20)
            var (epochs, nanoseconds, values): ([Int64], [Int32], [Double]) = ([], [], [])
            let cuts = [0, generator.int(0...count), count]
            let targets = [generator.pick(symbols), generator.pick(symbols)]
            for row in 0..<count {
                let (epoch, part) = time(&generator)
                epochs.append(epoch)
                nanoseconds.append(isVariable ? part : 0)
                values.append(Double(generator.int(0...1_000_000)))
                let symbol = targets[row < cuts[1] ? 0 : 1]
                var exact = epoch * 1_000_000_000 + Int64(isVariable ? part : 0)
                if !isVariable { exact = parsed.floor(exact, in: rules) }
                models[symbol, default: Model(isVariable: isVariable)].write(exact, values[row])
            }
            var columns: [Dataset.Column] = [.epoch(epochs), .of("V", "f8", values)]
            if isVariable { columns.insert(.of("Nanoseconds", "i4", nanoseconds), at: 1) }
            let spans = (0..<2).map { part in
                Dataset.Span(
                    key: "\(targets[part])/\(timeframe)/M",
                    start: cuts[part],
                    count: cuts[part + 1] - cuts[part]
                )
            }.filter { $0.count > 0 }
            let dataset = Dataset(columns: columns, rowCount: count, spans: spans)
            #expect(fixture.service.write([DataWrite(dataset: dataset, isVariable: isVariable)])[0] == nil)
            if generator.oneIn(8) { try fixture.store.flush() }
            if generator.oneIn(12) { try fixture.reopen() }
            try check(fixture, models, "\(generator.pick(["*", "A,B,C", "A", "B,X"]))/\(timeframe)/M", &generator, time)
        }
    }

    private func check(
        _ fixture: ServiceFixture,
        _ models: [String: Model],
        _ destination: String,
        _ generator: inout SeededGenerator,
        _ time: (inout SeededGenerator) -> (Int64, Int32)
    ) throws {
        var query = DataQuery()
        query.destination = destination
        if generator.oneIn(2) {
            let (epoch, part) = time(&generator)
            (query.epochStart, query.epochStartNanos) = (epoch, Int64(part))
        }
        if generator.oneIn(2) {
            (query.epochEnd, query.epochEndNanos) = (time(&generator).0, generator.oneIn(2) ? nil : 7)
        }
        if generator.oneIn(2) { query.limit = Int64(generator.int(0...5)) }
        query.isLimitFromStart = generator.oneIn(2)
        let start = query.epochStart.map { $0 * 1_000_000_000 + (query.epochStartNanos ?? 0) } ?? .min
        let end = query.epochEnd.map { $0 * 1_000_000_000 + (query.epochEndNanos ?? 0) } ?? .max
        let names = destination.prefix { $0 != "/" }
        let asked = names == "*" ? models.keys.sorted() : names.split(separator: ",").map(String.init)
        let known = asked.filter { models[$0] != nil }
        guard !known.isEmpty else {
            #expect(throws: DataServiceError.self) { try fixture.service.query([query]) }
            return
        }
        let answer = try fixture.service.query([query])[0]
        #expect(answer.spans.map { String($0.key.prefix(1)) } == known)
        let epochs = answer.epochs
        let parts = try models[known[0]]?.isVariable == true ? answer.column("Nanoseconds").values(Int32.self) : []
        let values = try answer.column("V").values(Double.self)
        for span in answer.spans {
            var rows = (models[String(span.key.prefix(1))]?.rows ?? []).filter { $0.time >= start && $0.time <= end }
            if let limit = query.limit, limit > 0 {
                rows = Array(query.isLimitFromStart ? rows.prefix(Int(limit)) : rows.suffix(Int(limit)))
            }
            let found = (span.start..<span.start + span.count).map { row in
                (epochs[row] * 1_000_000_000 + Int64(parts.isEmpty ? 0 : parts[row]), values[row])
            }
            #expect(found.map(\.0) == rows.map(\.time), "\(query)")
            #expect(found.map(\.1) == rows.map(\.value), "\(query)")
        }
    }
}
