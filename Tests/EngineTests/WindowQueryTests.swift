import Columnar
import QueryLang
import QuerySupport
import TestSupport
import Testing

@testable import Engine

/// A random SELECT of a row's number and windows, over one of the random tables.
private struct WindowQuery {
    let table: MemoryTable
    let select: BoundSelect

    private static let schema = RandomTables.trades
    private static let types = schema.columns.map(\.type)
    private static let (time, series, sequence) = (0, 1, 2)

    init(seed: UInt64) {
        var tables = RandomTables(seed: seed)
        table = tables.tables()[0]
        var generator = SeededGenerator(seed: seed)
        let isBySeries = generator.oneIn(2)
        let windows = (0..<generator.int(1...3)).map { _ in Self.call(isBySeries, &generator) }
        let outputs =
            [.column(Self.sequence, .int64)]
            + windows.indices.map { BoundExpression.window($0, windows[$0].type) }
        let columns = outputs.enumerated().map { ResultColumn(name: "c\($0)", type: $1.type) }
        var select = BoundSelect(source: .table(Self.schema), outputs: outputs, columns: columns)
        select.windows = windows
        self.select = select
    }

    private static func column(_ index: Int) -> BoundExpression { .column(index, types[index]) }

    private static func call(_ isBySeries: Bool, _ generator: inout SeededGenerator) -> WindowCall {
        let ascendingTime = WindowOrder(expression: column(time), isDescending: false)
        var partition = [column(series)]
        var order = [ascendingTime]
        var isByTime = true
        if !isBySeries {
            partition = generator.pick([[], [column(series)], [column(6)], [column(series), column(8)]])
            let others = [3, 4, 5, 7, 9, 10].map {
                WindowOrder(expression: column($0), isDescending: generator.oneIn(2))
            }
            order = generator.pick([
                [], [ascendingTime], [generator.pick(others)], [generator.pick(others), ascendingTime],
            ])
            isByTime = order == [ascendingTime]
        }
        let x = generator.pick([2, 3, 4, 5, 6, 7, 9])
        let (function, arguments, type) = function(x, &generator)
        return WindowCall(
            function: function,
            arguments: arguments,
            partition: partition,
            order: order,
            frame: frame(isByTime: isByTime, isOrdered: !order.isEmpty, &generator),
            type: type
        )
    }

    private static func frame(
        isByTime: Bool,
        isOrdered: Bool,
        _ generator: inout SeededGenerator
    ) -> WindowFrame {
        let rows = Int64(generator.int(0...6))
        let span = Int64(generator.int(0...6)) * 250_000_000
        var frames: [WindowFrame] = [
            .whole, .running, WindowFrame(unit: .rows, start: .preceding(rows), end: .currentRow),
            WindowFrame(unit: .rows, start: .preceding(2), end: .following(rows)),
            WindowFrame(unit: .range, start: .currentRow, end: .unboundedFollowing),
        ]
        if isOrdered {
            frames += [
                WindowFrame(unit: .groups, start: .preceding(rows), end: .following(1)),
                WindowFrame(unit: .rows, start: .preceding(rows), end: .following(2), excluding: .ties),
                WindowFrame(unit: .groups, start: .preceding(1), end: .unboundedFollowing, excluding: .group),
            ]
        }
        if isByTime {
            frames += [
                WindowFrame(unit: .range, start: .preceding(span), end: .currentRow),
                WindowFrame(unit: .range, start: .preceding(span), end: .following(span)),
                WindowFrame(unit: .range, start: .preceding(span * 2), end: .preceding(span)),
            ]
        }
        return generator.pick(frames)
    }

    private static func function(
        _ x: Int,
        _ generator: inout SeededGenerator
    ) -> (WindowFunction, [BoundExpression], ColumnType) {
        let type = types[x]
        var all: [(WindowFunction, [BoundExpression], ColumnType)] = [
            (.aggregate(.count), [column(x)], .int64), (.aggregate(.min), [column(x)], type),
            (.aggregate(.last), [column(x)], type), (.rowNumber, [], .int64), (.lag(offset: 2), [column(x)], type),
            (.lead(offset: 1), [column(x)], type), (.presentLag(offset: 1), [column(x)], type),
            (.presentLead(offset: 2), [column(x)], type), (.firstValue, [column(x)], type),
            (.nthValue(number: 2), [column(x)], type), (.nthPresentValue(number: 1), [column(x)], type),
            (.rank, [], .int64), (.denseRank, [], .int64), (.tile(count: 3), [], .int64),
            (.aggregate(.countDistinct), [column(x)], .int64),
        ]
        if type.isNumeric {
            all += [
                (.aggregate(.sum), [column(x)], type), (.aggregate(.avg), [column(x)], .float64),
                (.cumulativeSum, [column(x)], type), (.difference(offset: 1), [column(x)], type),
                (.simpleMovingAverage(count: 3), [column(x)], .float64),
                (.exponentialMovingAverage(count: 3), [column(x)], .float64),
            ]
        }
        return generator.pick(all)
    }

    // MARK: By definition

    /// For each row of the table, by its number, what the windows give.
    func expectations() -> [Int64: [WindowExpectation]] {
        var expected: [Int64: [WindowExpectation]] = [:]
        // Rows come by (time, series, arrival).
        let rows = table.rows.indices.sorted { a, b in
            let (left, right) = (table.rows[a], table.rows[b])
            let times = (left[Self.time].int64 ?? 0, right[Self.time].int64 ?? 0)
            if times.0 != times.1 { return times.0 < times.1 }
            let names = (left[Self.series].text ?? "", right[Self.series].text ?? "")
            return names.0 != names.1 ? names.0 < names.1 : a < b
        }
        .map { table.rows[$0] }
        for call in select.windows {
            let partitions = Dictionary(grouping: rows) { row in call.partition.map { row[Self.index($0)] } }
            for partition in partitions.values {
                let sorted = Self.sorted(partition, call.order)
                let oracle = Self.oracle(sorted, call)
                for (place, row) in sorted.enumerated() {
                    var value = oracle.value(call, call.arguments.map(Self.index), place)
                    // Decimals are seeded with their exact mean, and here they are doubles.
                    if case .exponentialMovingAverage = call.function, case .exactly(.float64(let double)) = value {
                        value = .near(double, within: 1e-12 * max(1, double.magnitude))
                    }
                    expected[row[Self.sequence].int64 ?? -1, default: []].append(value)
                }
            }
        }
        return expected
    }

    private static func index(_ expression: BoundExpression) -> Int {
        if case .column(let index, _) = expression { index } else { 0 }
    }

    private static func isLess(_ left: Scalar, _ right: Scalar) -> Bool {
        // Null after everything, NaN before that.
        if left.isNull || right.isNull { return !left.isNull && right.isNull }
        if case .float64(let a) = left, case .float64(let b) = right, a.isNaN || b.isNaN { return !a.isNaN && b.isNaN }
        return MemoryVectors.isLess(left, right)
    }

    private static func precedes(_ left: [Scalar], _ right: [Scalar], _ order: [WindowOrder]) -> Bool {
        for term in order {
            let column = index(term.expression)
            let (a, b) = term.isDescending ? (right[column], left[column]) : (left[column], right[column])
            if isLess(a, b) { return true }
            if isLess(b, a) { return false }
        }
        return false
    }

    private static func sorted(_ rows: [[Scalar]], _ order: [WindowOrder]) -> [[Scalar]] {
        rows.enumerated().sorted { a, b in
            if precedes(a.element, b.element, order) { return true }
            return !precedes(b.element, a.element, order) && a.offset < b.offset
        }
        .map(\.element)
    }

    private static func oracle(_ rows: [[Scalar]], _ call: WindowCall) -> WindowOracle {
        let columns = types.indices.map { column in
            WindowColumn(type: types[column], cells: rows.map { cell($0[column], types[column]) })
        }
        var number: Int64 = 0
        let isTime = call.order.count == 1 && index(call.order[0].expression) == time
        let axis = rows.indices.map { place -> Int64? in
            if isTime { return rows[place][time].int64 }
            if place > 0, precedes(rows[place - 1], rows[place], call.order) { number += 1 }
            return number
        }
        return WindowOracle(columns: columns, axis: axis)
    }

    private static func cell(_ value: Scalar, _ type: ColumnType) -> WindowCell {
        switch value {
        case .null: .null
        case .boolean(let value): .truth(value)
        case .int64(let value): .integer(value)
        case .float64(let value): .double(value)
        case .timestamp(let value): .timestamp(value)
        case .text(let value): type == .symbol ? .symbol(value, dictionary: 0) : .text(value)
        }
    }
}

@Suite("Windows in queries")
struct WindowQueryTests {
    @Test(
        "are what their definition says, by series or sorted, on any number of threads",
        arguments: WindowMachineTests.seeds
    )
    func definition(seed: UInt64) throws {
        for number in 0..<4 as Range<UInt64> {
            let query = WindowQuery(seed: seed * 100 + number)
            let expected = query.expectations()
            let prepared = PreparedQuery(.select(query.select))
            let runner = EngineRunner([query.table], seed: seed)
            for setup in ExecutionSetup.covering {
                let rows = try EngineAnswer(runner.engine(setup), prepared).rows
                #expect(rows.count == query.table.rows.count)
                for row in rows {
                    let wanted = expected[row[0].int64 ?? -1] ?? []
                    if !zip(wanted, row.dropFirst()).allSatisfy({ $0.allows($1) }) {
                        let plan = prepared.planDescription(setup.options)
                        Issue.record("seed \(seed), \(number): \(setup)\n\(plan)\n\(row), not \(wanted)")
                        return
                    }
                }
            }
        }
    }

    @Test("by series and time are computed series by series")
    func plan() {
        let column = BoundExpression.column(3, .float64)
        func plan(partition: [BoundExpression]) -> String {
            var select = BoundSelect(
                source: .table(RandomTables.trades),
                outputs: [.window(0, .float64)],
                columns: [ResultColumn(name: "c", type: .float64)]
            )
            select.windows = [
                WindowCall(
                    function: .aggregate(.avg),
                    arguments: [column],
                    partition: partition,
                    order: [WindowOrder(expression: .column(0, .timestamp), isDescending: false)],
                    frame: .running,
                    type: .float64
                )
            ]
            return PreparedQuery(.select(select)).planDescription()
        }
        #expect(plan(partition: [.column(1, .symbol)]).contains("window by series"))
        #expect(plan(partition: [.column(6, .symbol)]).contains("all rows held"))
        #expect(plan(partition: []).contains("all rows held"))
    }
}
