import Engine
import QueryLang

/// One run: asks every question, checks the answer against the loop's, and measures both in turns.
struct OperatorBench {
    private let options: BenchOptions
    private let market: Market
    private let engine: QueryEngine
    private let meter = Meter()

    /// How often a question is asked for one measurement where there is no loop: it takes microseconds.
    private static let queries = 100

    init(_ options: BenchOptions) throws(BenchFailure) {
        self.options = options
        market = Market(series: options.series, rows: options.rows)
        if let file = options.barsFile { try market.priceBars.write(to: file) }
        engine = QueryEngine(
            source: try market.tables(),
            limits: ExecutionLimits(
                sortedRowsMax: .max,
                groupsMax: .max,
                memoryBytesMax: .max,
                timeoutNanoseconds: nil
            ),
            options: ExecutionOptions(usesStatistics: false, threads: 1)
        )
    }

    /// Asks all questions; returns how many were refused or answered otherwise than by the loop.
    func run() -> Int {
        let asked = options.asksIndicators ? market.indicators : market.questions
        let questions = asked.filter { options.asks($0.name) }
        let report = Report(
            isJSON: options.isJSON,
            hasCounters: meter.hasCounters,
            nameWidth: questions.map(\.name.count).max() ?? 0
        )
        report.begin(options, rows: market.tradeCount)
        var failures = 0
        for question in questions {
            let outcome = outcome(of: question)
            if outcome.failure != nil { failures += 1 }
            report.add(outcome)
        }
        return failures
    }

    private func outcome(of question: Question) -> Outcome {
        let loop = options.hasLoops ? question.loop : nil
        let queries = question.isPerRow ? 1 : Self.queries
        var outcome = Outcome(
            question: question,
            units: question.isPerRow ? Double(market.tradeCount) : Double(queries)
        )
        do throws(QueryError) {
            let answer = try ask(question.answerText)
            outcome.hash = answer.hash
            if let loop {
                loop.run()
                outcome.failure = answer.difference(from: loop.answer()).map { "another answer: \($0)" }
            }
            var costs: [Cost] = []
            var loopCosts: [Cost] = []
            for _ in 0..<options.repeats {
                let cost = try meter.measure { () throws(QueryError) in
                    for _ in 0..<queries { try drain(question) }
                }
                costs.append(cost)
                if let loop { loopCosts.append(meter.measure(loop.run)) }
            }
            outcome.cost = .median(costs)
            if loop != nil { outcome.loopCost = .median(loopCosts) }
        } catch {
            outcome.failure = "\(error.code): \(error.message)"
        }
        return outcome
    }

    /// The whole answer.
    private func ask(_ text: String) throws(QueryError) -> Answer {
        let prepared = try engine.prepare(text)
        let stream = try engine.execute(prepared)
        var answer = Answer(columnCount: prepared.columns.count)
        while let batch = try stream.next() { answer.append(batch.columns) }
        return answer
    }

    /// What is measured: from the text to the last batch, of which nothing is read.
    private func drain(_ question: Question) throws(QueryError) {
        let stream = try engine.execute(try engine.prepare(question.text))
        while try stream.next() != nil {}
    }
}
