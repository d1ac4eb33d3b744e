import Glibc

/// What came of a question.
struct Outcome {
    let question: Question
    /// What costs are divided by: rows, or queries where there is no loop to compare with.
    let units: Double
    var cost: Cost?
    var loopCost: Cost?
    /// Of the engine's answer.
    var hash = ""
    /// Why it was refused, or how the answer differs from the loop's.
    var failure: String?

    init(question: Question, units: Double) {
        self.question = question
        self.units = units
    }
}

/// Prints outcomes as they are measured: a table, or a line of JSON each.
struct Report {
    let isJSON: Bool
    let hasCounters: Bool
    let nameWidth: Int

    private static let cellWidth = 12

    /// Prints the machine and the table's head.
    func begin(_ options: BenchOptions, rows: Int) {
        guard !isJSON else { return }
        let counters =
            hasCounters
            ? "instructions and cycles of user mode"
            : "no hardware counters, so nanoseconds of processor time are all there is"
        if options.isSmoke { say("Smoke run: sizes are tiny, the figures mean nothing.") }
        say("machine: \(processorName()); \(counters)")
        say(
            "data: \(text(Double(rows))) trades and as many quotes, \(options.series) series; one thread; no statistics"
        )
        say("costs a trade, medians of \(options.repeats)\n")
        let measures = hasCounters ? ["ns", "instr", "cycles"] : ["ns"]
        let ratios = hasCounters ? ["× instr", "× cycles"] : ["× ns"]
        line("question", measures + measures.map { "loop \($0)" } + ratios, "answer")
    }

    /// Prints one outcome.
    func add(_ outcome: Outcome) {
        if isJSON { return say(json(outcome)) }
        let name = outcome.question.name
        guard let cost = outcome.cost else { return say("\(padded(name))  \(outcome.failure ?? "")") }
        let own = values(cost, outcome.units)
        guard let loop = outcome.loopCost.map({ values($0, outcome.units) }) else {
            let blank = [String](repeating: "", count: own.count + ratioCount)
            let unit = outcome.question.isPerRow ? "" : "  (a query)"
            return line(name, own.map(text) + blank, (outcome.failure ?? outcome.hash) + unit)
        }
        let ratios = zip(own, loop).map { $0 / $1 }.suffix(ratioCount)
        line(name, (own + loop + ratios).map(text), outcome.failure ?? outcome.hash)
    }

    /// Times are compared only where nothing better is counted.
    private var ratioCount: Int { hasCounters ? 2 : 1 }

    private func values(_ cost: Cost, _ units: Double) -> [Double] {
        let all = hasCounters ? [cost.nanoseconds, cost.instructions, cost.cycles] : [cost.nanoseconds]
        return all.map { $0 / units }
    }

    private func padded(_ name: String) -> String {
        name + String(repeating: " ", count: max(0, nameWidth - name.count))
    }

    private func line(_ name: String, _ cells: [String], _ last: String) {
        let numbers = cells.map { String(repeating: " ", count: max(1, Self.cellWidth - $0.count)) + $0 }
        say(padded(name) + numbers.joined() + "  " + last)
    }

    private func json(_ outcome: Outcome) -> String {
        let unit = outcome.question.isPerRow ? "row" : "query"
        var fields = [
            "name": quoted(outcome.question.name), "text": quoted(outcome.question.text), "per": quoted(unit),
        ]
        func add(_ prefix: String, _ cost: Cost?) {
            guard let cost else { return }
            for (name, value) in zip(["ns", "instructions", "cycles"], values(cost, outcome.units)) {
                fields[prefix + name] = "\(value)"
            }
        }
        add("", outcome.cost)
        add("loop_", outcome.loopCost)
        if !outcome.hash.isEmpty { fields["answer"] = quoted(outcome.hash) }
        if let failure = outcome.failure { fields["failure"] = quoted(failure) }
        return "{\(fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}"
    }
}

/// A JSON string.
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": result += "\\\(scalar)"
        case "\u{0}"..."\u{1f}": result += " "
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// A number with three significant digits and its thousands separated.
func text(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    let digits = value.magnitude >= 100 ? 0 : value.magnitude >= 10 ? 1 : 2
    let power = pow(10, Double(digits))
    let scaled = Int((value.magnitude * power).rounded())
    var whole = String(scaled / Int(power))
    var index = whole.count - 3
    while index > 0 {
        whole.insert(",", at: whole.index(whole.startIndex, offsetBy: index))
        index -= 3
    }
    let fraction = String(scaled % Int(power))
    let zeros = String(repeating: "0", count: max(0, digits - fraction.count))
    return (value < 0 ? "-" : "") + whole + (digits > 0 ? "." + zeros + fraction : "")
}
