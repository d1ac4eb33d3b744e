import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("Indicator machines")
struct IndicatorMachineTests {
    private static let rowCount = 260

    /// A random walk of bars for the inputs of an indicator, row by row; nil where a row has no value in one of them.
    private func rows(_ indicator: IndicatorSignature, _ generator: inout SeededGenerator) -> [[Double]?] {
        let isStrange = generator.oneIn(2)
        let strange = [Double.nan, .infinity, -.infinity, -0.0, 1e300, -7]
        var close = 100.0
        return (0..<Self.rowCount).map { _ in
            let before = close
            if !generator.oneIn(4) { close = max(5, close + Double(generator.int(-300...300)) / 100) }
            let high = max(before, close) + Double(generator.int(0...100)) / 100
            let low = min(before, close) - Double(generator.int(0...100)) / 100
            if generator.oneIn(11) { return nil }
            return indicator.inputs.map { name in
                if isStrange, generator.oneIn(60) { return generator.pick(strange) }
                return switch name {
                case "open", "y": before
                case "high": high
                case "low": low
                case "volume": Double(generator.int(0...1000))
                case "periods": Double(generator.int(0...40))
                default: close
                }
            }
        }
    }

    /// The indicator with its defaults, or with other lengths and averages.
    private func call(_ indicator: IndicatorSignature, _ generator: inout SeededGenerator) -> IndicatorCall {
        let isDefault = generator.oneIn(2)
        let parameters = indicator.parameters.map { parameter in
            switch parameter.values {
            case .whole(let range):
                let most = isDefault ? min(parameter.default, 12) : Double(generator.int(1...20))
                return max(most, Double(range.lowerBound))
            case .average: return isDefault ? parameter.default : Double(generator.pick(AverageKind.allCases).rawValue)
            case .real: return parameter.default
            }
        }
        return IndicatorCall(function: indicator.function, parameters: parameters)
    }

    /// Bits of what each row gives; nil where it gives nothing.
    private typealias Bits = [[UInt64]?]

    private func step(_ indicator: inout LiveIndicator, _ rows: ArraySlice<[Double]?>) -> Bits {
        var outputs = [Double](repeating: 0, count: indicator.outputCount)
        return rows.map { row in
            guard let row else { return nil }
            let hasValues = row.withUnsafeBufferPointer { row in
                outputs.withUnsafeMutableBufferPointer { indicator.update(row, into: $0) }
            }
            return hasValues ? outputs.map(\.bitPattern) : nil
        }
    }

    private func step(_ indicator: inout LiveIndicator, _ rows: [[Double]?]) -> Bits { step(&indicator, rows[...]) }

    /// The same by batches with random ends, each a run of rows that have values.
    private func batches(
        _ call: IndicatorCall,
        _ rows: [[Double]?],
        _ generator: inout SeededGenerator
    ) throws -> Bits {
        let machine = call.makeMachine()
        var bits = Bits(repeating: nil, count: rows.count)
        let columns = (0..<machine.inputCount).map { column in rows.map { $0.map { $0[column] } ?? 0 } }
        let memory = columns.map { column in
            let memory = UnsafeMutablePointer<Double>.allocate(capacity: rows.count)
            memory.initialize(from: column, count: rows.count)
            return memory
        }
        let targets = (0..<machine.outputCount).map { _ in
            UnsafeMutablePointer<Double>.allocate(capacity: rows.count)
        }
        var flags = [UInt8](repeating: 1, count: rows.count)
        defer { for each in memory + targets { each.deallocate() } }
        let inputs = try #require(InputColumns(memory.map { UnsafePointer($0) }))
        let outputs = try #require(OutputColumns(targets))
        var start = 0
        while start < rows.count {
            var end = start
            let most = generator.int(1...40)
            while end < rows.count, end - start < most, rows[end] != nil { end += 1 }
            flags.withUnsafeMutableBufferPointer { flags in
                if let base = flags.baseAddress { machine.run(inputs, start..<end, into: outputs, flags: base) }
            }
            start = max(end, start + 1)
        }
        for row in rows.indices where rows[row] != nil && flags[row] == 1 {
            bits[row] = targets.map { $0[row].bitPattern }
        }
        return bits
    }

    @Test("give by batches the bits that they give row by row", arguments: IndicatorCatalog.all)
    func batches(indicator: IndicatorSignature) throws {
        for seed in 0..<6 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let call = call(indicator, &generator)
            let rows = rows(indicator, &generator)
            var live = LiveIndicator(call)
            let expected = step(&live, rows)
            #expect(try batches(call, rows, &generator) == expected, "\(call.text), seed \(seed)")
            live.restart()
            #expect(step(&live, rows) == expected, "\(call.text) begun anew, seed \(seed)")
        }
    }

    @Test("go their own ways once copied", arguments: IndicatorCatalog.all)
    func copies(indicator: IndicatorSignature) {
        for seed in 10..<14 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let call = call(indicator, &generator)
            let rows = rows(indicator, &generator)
            let cut = generator.int(0...rows.count)
            var whole = LiveIndicator(call)
            let expected = step(&whole, rows)
            var first = LiveIndicator(call)
            _ = step(&first, rows[..<cut])
            var second = first
            _ = step(&first, self.rows(indicator, &generator))
            #expect(step(&second, rows[cut...]) == Array(expected[cut...]), "\(call.text), seed \(seed)")
        }
    }

    @Test("go on from an encoded state as if nothing had happened", arguments: IndicatorCatalog.all)
    func encodedStates(indicator: IndicatorSignature) throws {
        for seed in 20..<24 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let call = call(indicator, &generator)
            let rows = rows(indicator, &generator)
            let cut = generator.int(0...rows.count)
            var first = LiveIndicator(call)
            _ = step(&first, rows[..<cut])
            var writer = FoldStateWriter()
            first.encodeState(&writer)
            var second = LiveIndicator(call)
            var reader = FoldStateReader(writer.bytes)
            try second.decodeState(&reader)
            #expect(reader.isAtEnd)
            var again = FoldStateWriter()
            second.encodeState(&again)
            #expect(again.bytes == writer.bytes)
            #expect(step(&second, rows[cut...]) == step(&first, rows[cut...]), "\(call.text), seed \(seed)")
        }
    }

    @Test("take any bytes for a state without a fault, and none of another version", arguments: IndicatorCatalog.all)
    func foreignStates(indicator: IndicatorSignature) {
        var generator = SeededGenerator(seed: 31)
        let call = call(indicator, &generator)
        let rows = rows(indicator, &generator)
        var live = LiveIndicator(call)
        _ = step(&live, rows)
        var writer = FoldStateWriter()
        live.encodeState(&writer)
        for _ in 0..<40 {
            var bytes = writer.bytes
            for _ in 0..<generator.int(1...3) {
                bytes[generator.int(1...max(1, bytes.count - 1)) % bytes.count] = UInt8(generator.int(0...255))
            }
            if generator.oneIn(3) { bytes.removeLast(generator.int(1...bytes.count)) }
            var reader = FoldStateReader(bytes)
            try? live.decodeState(&reader)
            _ = step(&live, rows.prefix(60))
        }
        var reader = FoldStateReader([99] + writer.bytes.dropFirst())
        #expect(throws: FoldStateError.unknownVersion(99)) { try live.decodeState(&reader) }
    }

    @Test("find extremes and their ages as a search does, NaN where one of the values is NaN", arguments: 1...20)
    func extremes(length: Int) {
        var generator = SeededGenerator(seed: UInt64(length))
        var range = RollingRange(length)
        var (highAge, lowAge) = (RollingExtremeAge<Highest>(length), RollingExtremeAge<Lowest>(length))
        var values: [Double] = []
        func age(_ window: ArraySlice<Double>, _ value: Double) -> Double {
            value.isNaN ? .nan : Double(window.endIndex - 1 - (window.lastIndex(of: value) ?? 0))
        }
        func bits(_ value: Double) -> UInt64 { value == 0 ? 0 : value.bitPattern }
        for _ in 0..<600 {
            values.append(generator.oneIn(50) ? .nan : Double(generator.int(-8...8)))
            let value = values[values.count - 1]
            let extremes = range.update(high: value, low: value)
            let found = [extremes?.high, extremes?.low, highAge.update(value), lowAge.update(value)]
            guard values.count >= length else {
                #expect(found.allSatisfy { $0 == nil })
                continue
            }
            let window = values.suffix(length)
            let hasNaN = window.contains(where: \.isNaN)
            let most = hasNaN ? .nan : window.max() ?? .nan
            let least = hasNaN ? .nan : window.min() ?? .nan
            let expected = [most, least, age(window, most), age(window, least)]
            #expect(found.map { bits($0 ?? -1) } == expected.map(bits))
        }
    }
}
