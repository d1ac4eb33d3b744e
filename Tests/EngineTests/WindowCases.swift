import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// A random partition and calls over it.
struct WindowCase {
    struct Call {
        var call: WindowCall
        var arguments: [Int]
    }

    let oracle: WindowOracle
    let calls: [Call]

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let count = generator.pick([0, 1, 2, 5, 30, 90, 150])
        let kinds = (0..<3).map { _ in generator.pick(WindowColumnKind.allCases) }
        var columns = kinds.map { $0.column(count, &generator) }
        // A second column of each type, for defaults and for functions of two columns.
        for kind in kinds { columns.append(kind.column(count, &generator)) }
        oracle = WindowOracle(columns: columns, axis: Self.axis(count, &generator))
        let types = columns.map(\.type)
        calls = (0..<generator.int(1...4)).map { _ in Self.call(types, &generator) }
    }

    private static func axis(_ count: Int, _ generator: inout SeededGenerator) -> [Int64?] {
        let gaps = generator.pick([[0, 1], [1, 2, 3], [0, 0, 5, 20], [7]])
        var place: Int64 = generator.oneIn(6) ? .min + 3 : generator.oneIn(6) ? .max - 200 : 1_700_000_000
        let nullCount = generator.oneIn(5) ? min(count, 4) : 0
        return (0..<count).map { row in
            if place < .max - 100 { place += Int64(generator.pick(gaps)) }
            return row >= count - nullCount ? nil : min(place, .max - 1)
        }
    }

    private static func frame(_ generator: inout SeededGenerator) -> WindowFrame {
        func bound(_ isStart: Bool) -> WindowFrame.Bound {
            let distance = generator.oneIn(30) ? Int64.max - 5 : Int64(generator.int(0...12))
            switch generator.int(0...6) {
            case 0: return isStart ? .unboundedPreceding : .unboundedFollowing
            case 1, 2: return .currentRow
            case 3: return isStart ? .preceding(distance) : .following(distance)
            case 4: return .following(distance)
            default: return .preceding(distance)
            }
        }
        let unit = generator.pick(WindowFrame.Unit.allCases)
        let exclusion = generator.oneIn(3) ? generator.pick(WindowFrame.Exclusion.allCases) : .noOthers
        if generator.oneIn(2) {
            let start = WindowFrame.Bound.preceding(Int64(generator.int(0...40)))
            return WindowFrame(unit: unit, start: start, end: .currentRow, excluding: exclusion)
        }
        if generator.oneIn(4) { return .running }
        let endsWithRow = unit == .range && generator.oneIn(4)
        return WindowFrame(
            unit: unit,
            start: bound(true),
            end: bound(false),
            excluding: exclusion,
            endsWithRow: endsWithRow
        )
    }

    private static func call(_ types: [ColumnType], _ generator: inout SeededGenerator) -> Call {
        let x = generator.int(0...2)
        let type = types[x]
        let offset = generator.int(0...7)
        var arguments = [x]
        var functions: [(WindowFunction, ColumnType)] = [
            (.aggregate(.count), .int64), (.aggregate(.min), type), (.aggregate(.max), type),
            (.aggregate(.first), type), (.aggregate(.last), type), (.rowNumber, .int64),
            (.lag(offset: offset), type), (.lead(offset: offset), type), (.presentLag(offset: offset), type),
            (.presentLead(offset: offset), type), (.firstValue, type), (.lastValue, type),
            (.nthValue(number: offset + 1), type), (.nthPresentValue(number: offset + 1), type),
            (.rank, .int64), (.denseRank, .int64), (.percentRank, .float64), (.cumulativeDistribution, .float64),
            (.tile(count: offset + 1), .int64), (.aggregate(.countDistinct), .int64), (.aggregate(.argMax), type),
            (.aggregate(.argMin), type),
        ]
        if type.isNumeric || type == .timestamp {
            functions.append((.difference(offset: offset), type == .float64 ? .float64 : .int64))
        }
        if type.isNumeric {
            functions += [
                (.aggregate(.sum), type), (.aggregate(.avg), .float64), (.cumulativeSum, type),
                (.aggregate(.sum), type), (.aggregate(.avg), .float64),
                (.simpleMovingAverage(count: offset + 1), .float64),
                (.exponentialMovingAverage(count: offset + 1), .float64), (.aggregate(.vwap), .float64),
                (.aggregate(.populationDeviation), .float64), (.aggregate(.sampleVariance), .float64),
                (.aggregate(.populationCovariance), .float64), (.aggregate(.correlation), .float64),
                (.aggregate(.median), .float64),
            ]
        }
        let (function, result) = generator.pick(functions)
        switch function {
        case .lag, .lead, .presentLag, .presentLead: if generator.oneIn(2) { arguments.append(x + 3) }
        case .aggregate(.vwap), .aggregate(.argMax), .aggregate(.argMin), .aggregate(.populationCovariance),
            .aggregate(.correlation):
            arguments.append(x + 3)
        case .aggregate(.count): if generator.oneIn(3) { arguments = [] }
        case .rowNumber, .rank, .denseRank, .percentRank, .cumulativeDistribution, .tile: arguments = []
        default: break
        }
        let call = WindowCall(
            function: function,
            arguments: arguments.map { .column($0, types[$0]) },
            partition: [],
            // The machine is given the axis; that there is an order is all that it asks of these.
            order: generator.oneIn(4) ? [] : [WindowOrder(expression: .bucket, isDescending: false)],
            frame: frame(&generator),
            type: result
        )
        return Call(call: call, arguments: arguments)
    }
}

/// How rows are given to a machine, and values taken.
enum WindowCut: CaseIterable {
    case whole
    case rowByRow
    case threes
    case random
}

extension WindowCase {
    /// The values of each call, or nil if an error was thrown.
    func run(_ machine: WindowMachine, _ cut: WindowCut, seed: UInt64) throws -> [[Scalar]]? {
        var generator = SeededGenerator(seed: seed)
        var values = calls.map { _ in [Scalar]() }
        func take(_ limit: Int) throws {
            let count = min(machine.decidedCount, limit)
            for (index, vector) in try machine.take(count).enumerated() {
                values[index] += (0..<count).map { vector.scalar(at: $0) }
            }
        }
        do {
            try machine.beginPartition()
            var row = 0
            while row < oracle.count {
                let end = batchEnd(row, cut, &generator)
                try machine.append(input(row..<end, seed: generator.next()))
                row = end
                if cut != .random || generator.oneIn(2) { try take(cut == .random ? generator.int(0...50) : .max) }
            }
            machine.endPartition()
            while machine.decidedCount > 0 { try take(cut == .whole ? .max : generator.int(1...40)) }
        } catch let error as QueryError where error.code == .limit {
            return nil
        }
        return values
    }

    /// The values of each call where the state is handed on from machine to machine, whenever all rows were taken; and each
    /// state that was. Nil if an error was thrown.
    func runHandedOn(seed: UInt64) throws -> (values: [[Scalar]], states: [[UInt8]])? {
        var generator = SeededGenerator(seed: seed)
        var values = calls.map { _ in [Scalar]() }
        var states: [[UInt8]] = []
        var machine = machine()
        func take() throws {
            let count = machine.decidedCount
            for (index, vector) in try machine.take(count).enumerated() {
                values[index] += (0..<count).map { vector.scalar(at: $0) }
            }
        }
        do {
            try machine.beginPartition()
            var row = 0
            while row < oracle.count {
                let end = batchEnd(row, generator.oneIn(3) ? .whole : .random, &generator)
                try machine.append(input(row..<end, seed: generator.next()))
                row = end
                if generator.oneIn(4) { continue }
                try take()
                var writer = FoldStateWriter()
                guard machine.encode(into: &writer) else { continue }
                states.append(writer.bytes)
                let next = self.machine()
                // What it had is forgotten.
                if generator.oneIn(2) {
                    try next.beginPartition()
                    try next.append(input(0..<batchEnd(0, .threes, &generator), seed: generator.next()))
                }
                var reader = FoldStateReader(writer.bytes)
                try next.decode(from: &reader)
                #expect(reader.isAtEnd)
                machine = next
            }
            machine.endPartition()
            while machine.decidedCount > 0 { try take() }
        } catch let error as QueryError where error.code == .limit {
            return nil
        }
        return (values, states)
    }

    /// Rows of a batch: as many as the cut wants, and not more than lie in one form.
    private func batchEnd(_ row: Int, _ cut: WindowCut, _ generator: inout SeededGenerator) -> Int {
        let wanted =
            switch cut {
            case .whole: oracle.count
            case .rowByRow: 1
            case .threes: 3
            case .random: generator.int(1...40)
            }
        var end = row + 1
        while end < oracle.count, end - row < wanted, oracle.columns.allSatisfy({ $0.fits(row..<end + 1) }) { end += 1 }
        return end
    }

    private func input(_ rows: Range<Int>, seed: UInt64) -> WindowInput {
        let places = oracle.axis[rows]
        let axis = Vector(
            type: .timestamp,
            form: .int64(Buffer(places.map { $0 ?? -7 })),
            validity: places.contains(nil) ? Validity(places.map { $0 != nil }) : nil
        )
        let next = rows.upperBound < oracle.count ? oracle.axis[rows.upperBound] : nil
        return WindowInput(
            arguments: calls.map { call in
                call.arguments.map { oracle.columns[$0].vector(rows, seed: seed &+ UInt64($0)) }
            },
            axis: axis,
            nextAxis: seed % 3 == 0 ? next.map { $0 - Int64(seed % 5) / 2 } : nil,
            times: nil,
            rowCount: rows.count
        )
    }

    /// A machine for the calls that refuses nothing.
    func machine() -> WindowMachine { WindowMachine(calls.map(\.call), hold: { _ in }, checkpoint: {}) }
}
