import Glibc

/// One measured number.
struct Figure {
    var name: String
    var value: Double
    var unit: String
    /// What the figure is to reach.
    var goal: Double?
    /// What another way of doing the same reaches.
    var baseline: (name: String, value: Double)?
    /// Of the bytes that were written; the same in every run.
    var check: String?

    init(name: String, value: Double, unit: String, goal: Double? = nil) {
        self.name = name
        self.value = value
        self.unit = unit
        self.goal = goal
    }
}

/// Prints figures as they are measured: a table, or a line of JSON each with the members that StoreBench's lines have.
struct Report {
    let isJSON: Bool

    /// Prints the table's head.
    func begin() {
        if !isJSON { line(["figure", "value", "unit", "goal", "baseline", "ratio", "check"]) }
    }

    /// Prints one figure.
    func add(_ figure: Figure) {
        if isJSON { return say(Self.json(figure)) }
        let goal = figure.goal.map { "≥ \(text($0))" + (figure.value < $0 ? " missed" : "") } ?? ""
        let baseline = figure.baseline.map { "\($0.name) \(text($0.value))" } ?? ""
        let ratio = figure.baseline.map { text(figure.value / $0.value) } ?? ""
        line([figure.name, text(figure.value), figure.unit, goal, baseline, ratio, figure.check ?? ""])
    }

    private static func json(_ figure: Figure) -> String {
        var members = [#""name":"\#(figure.name)""#, #""value":\#(figure.value)"#, #""unit":"\#(figure.unit)""#]
        if let goal = figure.goal { members.append(#""goal":"≥ \#(text(goal))","reached":\#(figure.value >= goal)"#) }
        if let (name, value) = figure.baseline {
            members.append(#""limit":"\#(name)","limit_value":\#(value),"limit_unit":"\#(figure.unit)""#)
            members.append(#""ratio":\#(figure.value / value)"#)
        }
        if let check = figure.check { members.append(#""check":"\#(check)""#) }
        return "{\(members.joined(separator: ","))}"
    }

    private static let widths = [56, 12, 8, 16, 30, 8, 16]

    private func line(_ cells: [String]) {
        var line = ""
        for (cell, width) in zip(cells, Self.widths) {
            line += cell + String(repeating: " ", count: max(0, width - cell.count)) + "  "
        }
        while line.last == " " { line.removeLast() }
        say(line)
    }

    private func text(_ value: Double) -> String { Self.text(value) }

    /// A number with a digit after the point if it is small.
    private static func text(_ value: Double) -> String {
        value >= 1000 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
    }

    private func say(_ line: String) {
        print(line)
        fflush(nil)
    }
}
