import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("Joins")
struct JoinTests {
    private static let leftSchema = TableSchema(
        name: "l",
        kind: .event,
        columns: [Column("time", .timestamp), Column("symbol", .symbol), Column("price", .float64)]
    )!
    private static let rightSchema = TableSchema(
        name: "r",
        kind: .event,
        columns: [Column("time", .timestamp), Column("symbol", .symbol), Column("bid", .float64), Column("n", .int64)]
    )!
    private static let bid = BoundExpression.column(5, .float64)
    private static let number = BoundExpression.column(6, .int64)

    /// Rows of one series at these times.
    private static func left(_ times: [Int64], _ symbol: String = "A") -> MemoryTable {
        MemoryTable(leftSchema, rows: times.map { [.timestamp($0), .text(symbol), .float64(1)] })
    }

    /// Rows of one series at these times, with the time as a price and as a number.
    private static func right(_ times: [Int64], _ symbol: String = "A") -> MemoryTable {
        MemoryTable(
            rightSchema,
            rows: times.map { [.timestamp($0), .text(symbol), .float64(Double($0)), .int64($0)] }
        )
    }

    private static func join(_ kind: BoundJoin.Kind, isKeyed: Bool = true) -> BoundJoin {
        BoundJoin(
            kind: kind,
            left: .table(leftSchema),
            right: .table(rightSchema),
            keys: isKeyed ? [BoundJoin.Key(left: 1, right: 1)] : []
        )
    }

    private static func window(
        _ preceding: Int64,
        _ following: Int64,
        includesPrevailing: Bool = false,
        _ calls: [AggregateCall]
    ) -> BoundJoin.Kind {
        .window(
            WindowJoin(
                preceding: preceding,
                following: following,
                includesPrevailing: includesPrevailing,
                aggregates: calls,
                outputTypes: calls.flatMap { AggregateStates.states(of: $0).outputTypes }
            )
        )
    }

    private static let general = ExecutionOptions(usesOptimizer: false)

    private func error(
        _ join: BoundJoin,
        _ source: any TableSource,
        _ options: ExecutionOptions = ExecutionOptions(),
        _ limits: ExecutionLimits = ExecutionLimits()
    ) -> QueryError? {
        do {
            _ = try join.rows(source, options, limits: limits)
            return nil
        } catch {
            return error as? QueryError
        }
    }

    // MARK: Plans

    @Test("run by series where both sides have the series as key, and over held rows elsewhere")
    func plans() {
        let sum = AggregateCall(function: .sum, arguments: [Self.bid])
        for (kind, operators) in [
            (BoundJoin.Kind.asof(tolerance: nil), "seriesAsof"), (Self.window(1, 1, [sum]), "seriesWindow"),
        ] {
            let fast = Self.join(kind).plan(ExecutionOptions())
            #expect(fast != Self.join(kind).plan(Self.general), "\(operators)")
        }
    }

    // MARK: Bounds

    @Test("that would hold too much end with an error that says what to do")
    func memory() {
        let source = MemoryTableSource([Self.left([0, 1]), Self.right(Array(0..<20_000))], sliceRows: 100)
        let limits = ExecutionLimits(memoryBytesMax: 100_000)
        let sum = AggregateCall(function: .sum, arguments: [Self.bid])
        for kind in [
            BoundJoin.Kind.inner, .left, .asof(tolerance: nil), Self.window(.max, .max, [sum]),
        ] {
            let failure = error(Self.join(kind), source, Self.general, limits)
            #expect(failure?.code == .limit, "\(kind)")
            #expect(failure?.hint != nil, "\(kind)")
        }
        // By series only what the windows reach is held.
        #expect(error(Self.join(.asof(tolerance: nil)), source, ExecutionOptions(), limits) == nil)
        #expect(error(Self.join(Self.window(10, 10, [sum])), source, ExecutionOptions(), limits) == nil)
        #expect(error(Self.join(Self.window(.max, .max, [sum])), source, ExecutionOptions(), limits)?.code == .limit)
    }

    @Test("hand on batches of the usual size where one row has very many partners")
    func manyPartners() throws {
        let source = MemoryTableSource([Self.left([5, 6]), Self.right(Array(0..<10_000))])
        var join = Self.join(.left)
        #expect(try join.rows(source).count == 20_000)
        join.condition = .binary(.less, Self.number, .literal(.int64(3), .int64), .boolean)
        #expect(try join.rows(source).map { $0[6] } == [0, 1, 2, 0, 1, 2].map { .int64($0) })
        join.condition = .binary(.less, Self.number, .zero, .boolean)
        #expect(try join.rows(source).map { $0[6] } == [.null, .null])
    }

    @Test("can be cancelled between the pairs of one row")
    func cancellation() throws {
        let times = [Int64](repeating: 0, count: 3000)
        let source = MemoryTableSource([Self.left(times), Self.right(times)])
        let sum = AggregateCall(function: .sum, arguments: [.binary(.add, Self.bid, .column(2, .float64), .float64)])
        let largest = AggregateCall(function: .max, arguments: [Self.bid])
        var never = Self.join(.inner)
        never.condition = .binary(.less, Self.number, .zero, .boolean)
        for (join, options) in [
            (never, ExecutionOptions()), (Self.join(Self.window(1, 1, [sum])), ExecutionOptions()),
            (Self.join(Self.window(1, 1, [largest])), ExecutionOptions()),
            (Self.join(Self.window(1, 1, [sum])), Self.general),
            (Self.join(Self.window(1, 1, [largest])), Self.general),
        ] {
            let clock = JoinClock(ticksMax: 20)
            let engine = QueryEngine(
                source: source,
                limits: ExecutionLimits(timeoutNanoseconds: 1 << 40),
                options: options,
                now: { clock.tick() }
            )
            let stream = try engine.execute(PreparedQuery(.select(join.select)))
            clock.onLastTick { stream.cancel() }
            #expect(throws: QueryError.self) { while try stream.next() != nil {} }
            #expect(clock.ticks < 25, "it went on for long")
        }
    }

    // MARK: Times

    @Test("with windows at the ends of time stop there", arguments: [true, false])
    func extremeTimes(usesOptimizer: Bool) throws {
        let times: [Int64] = [.min, .min + 1, 0, .max - 1, .max]
        let source = MemoryTableSource([Self.left(times), Self.right(times)], sliceRows: 2)
        let options = ExecutionOptions(usesOptimizer: usesOptimizer)
        let count = AggregateCall(function: .count, arguments: [])
        func counts(_ preceding: Int64, _ following: Int64, _ includesPrevailing: Bool) throws -> [Scalar] {
            let window = Self.window(preceding, following, includesPrevailing: includesPrevailing, [count])
            return try Self.join(window).rows(source, options).map { $0[3] }
        }
        #expect(try counts(1, 1, false) == [2, 2, 1, 2, 2].map { .int64($0) })
        #expect(try counts(1, 1, true) == [2, 2, 2, 3, 3].map { .int64($0) })
        #expect(try counts(.max, .max, false) == [2, 3, 4, 3, 3].map { .int64($0) })
        #expect(try counts(.max, 0, true) == [1, 2, 3, 3, 4].map { .int64($0) })
        // A window that ends before it begins has nothing but what was valid at its start.
        #expect(try counts(-5, -10, true) == [1, 1, 1, 1, 1].map { .int64($0) })
    }

    @Test("match a filtered row by its own time, not by that of its slice", arguments: [true, false])
    func filteredSlices(usesOptimizer: Bool) throws {
        // The slice begins at 0, the row that is left of it is at 5.
        let source = MemoryTableSource([Self.left([1, 2, 6, 11]), Self.right([0, 5, 8, 10, 12])], sliceRows: 3)
        var select = BoundSelect(
            source: .table(Self.rightSchema),
            outputs: Self.rightSchema.columns.enumerated().map { .column($0.offset, $0.element.type) },
            columns: Self.rightSchema.columns.map { ResultColumn(name: $0.name, type: $0.type) }
        )
        select.predicate = .inList(.column(3, .int64), [.int64(5), .int64(12)], isNegated: false)
        select.timeOutput = 0
        select.seriesOutput = 1
        var join = Self.join(.asof(tolerance: nil))
        join.right = .query(select)
        let options = ExecutionOptions(usesOptimizer: usesOptimizer)
        #expect(try join.rows(source, options).map { $0[6] } == [.null, .null, .int64(5), .int64(5)])
        join.kind = Self.window(
            1,
            1,
            includesPrevailing: true,
            [AggregateCall(function: .last, arguments: [Self.number])]
        )
        #expect(try join.rows(source, options).map { $0[3] } == [.null, .null, .int64(5), .int64(12)])
    }

    // MARK: Sums

    @Test("say that a sum does not fit, and give those that do", arguments: [true, false])
    func largeSums(usesOptimizer: Bool) throws {
        let rows = [Int64.max - 1, .max - 3, .min + 2, 5].enumerated().map { index, number -> [Scalar] in
            [.timestamp(Int64(index)), .text("A"), .float64(0.5), .int64(number)]
        }
        let source = MemoryTableSource([Self.left([0, 1, 2, 3]), MemoryTable(Self.rightSchema, rows: rows)])
        let options = ExecutionOptions(usesOptimizer: usesOptimizer)
        let sum = AggregateCall(function: .sum, arguments: [Self.number])
        #expect(error(Self.join(Self.window(1, 0, [sum])), source, options)?.code == .limit)
        #expect(
            try Self.join(Self.window(0, 0, [sum])).rows(source, options).map { $0[3] }
                == [.max - 1, .max - 3, .min + 2, 5].map { .int64($0) }
        )
        #expect(
            try Self.join(Self.window(-1, 2, [sum])).rows(source, options).map { $0[3] }
                == [.int64(-2), .int64(.min + 7), .int64(5), .null]
        )
    }

    // MARK: Reading

    @Test("by series decode no right slice that no left row needs", arguments: [10, 1000])
    func laziness(batchRows: Int) throws {
        // Slices of ten: they begin at 0, 10, 20, ...
        let memory = MemoryTableSource([Self.left([41, 45, 62]), Self.right(Array(0..<200))], sliceRows: 10)
        let options = ExecutionOptions(batchRows: batchRows)
        let last = AggregateCall(function: .last, arguments: [Self.bid])
        for (kind, slices) in [
            (BoundJoin.Kind.asof(tolerance: nil), [40, 60]), (.lt(tolerance: 3), [40, 60]),
            (Self.window(0, 0, [last]), [40, 60]), (Self.window(1, 9, [last]), [40, 50, 60, 70]),
            (Self.window(-60, 65, [last]), [100, 110, 120]),
            (Self.window(1, 1, includesPrevailing: true, [last]), [30, 40, 60]),
        ] as [(BoundJoin.Kind, [Int64])] {
            let source = JoinDecodeCounter(memory)
            _ = try Self.join(kind).rows(source, options)
            #expect(source.slices(of: "r") == slices, "\(kind)")
        }
    }

    @Test("by series give the same on several threads")
    func threads() throws {
        let symbols = (0..<24).map { "S\($0)" }
        var (left, right): ([[Scalar]], [[Scalar]]) = ([], [])
        for index in 0..<6000 {
            let symbol = Scalar.text(symbols[index * 7 % symbols.count])
            left.append([.timestamp(Int64(index)), symbol, .float64(Double(index % 100))])
            right.append([.timestamp(Int64(index * 5 % 6000)), symbol, .float64(Double(index)), .int64(Int64(index))])
        }
        let source = MemoryTableSource(
            [MemoryTable(Self.leftSchema, rows: left), MemoryTable(Self.rightSchema, rows: right)],
            sliceRows: 16,
            forms: .mixed
        )
        let workers = WorkerPool(helperCount: 3)
        let sum = AggregateCall(function: .sum, arguments: [Self.number])
        for kind in [BoundJoin.Kind.asof(tolerance: nil), Self.window(100, 100, [sum])] {
            let join = Self.join(kind)
            let value = join.types.count - 1
            var select = BoundSelect(
                source: .join(join),
                outputs: [.key(0, .symbol), .aggregate(0, output: 0, .int64)],
                columns: [ResultColumn(name: "symbol", type: .symbol), ResultColumn(name: "sum", type: .int64)]
            )
            select.shape = .aggregate(
                Aggregation(
                    sampling: nil,
                    keys: [.column(1, .symbol)],
                    aggregates: [AggregateCall(function: .sum, arguments: [.column(value, .int64)])]
                )
            )
            var answers: [[Vector]] = []
            for threads in [1, 4, 4] {
                let options = ExecutionOptions(threads: threads)
                let engine = QueryEngine(source: source, options: options, workers: workers)
                let stream = try engine.execute(PreparedQuery(.select(select)))
                while let batch = try stream.next() { answers.append(batch.columns) }
            }
            #expect(answers.count == 3)
            for answer in answers {
                #expect(answer[1].count == 24)
                #expect(answer[1].int64Values.array == answers[0][1].int64Values.array)
            }
        }
    }
}
