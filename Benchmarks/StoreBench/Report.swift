import Glibc

/// One measured number.
struct Figure {
    /// What a figure is to reach.
    enum Goal {
        case atLeast(Double)
        case atMost(Double)
    }

    /// What the machine itself does, and what of it the figure amounts to in the same unit.
    struct Limit {
        var name: String
        var value: Double
        var unit: String
        var used: Double

        /// The part of the limit that is used, or how many times the limit.
        var ratio: Double { used / value }
    }

    var name: String
    var value: Double
    var unit: String
    var goal: Goal?
    var limit: Limit?
    /// Proves that the work was done; the same in every run on the same data.
    var check: String?

    /// Whether the goal is reached; nil without one.
    var isReached: Bool? {
        switch goal {
        case .atLeast(let bound): value >= bound
        case .atMost(let bound): value <= bound
        case nil: nil
        }
    }
}

/// Prints figures as they are measured: a table, or a line of JSON each.
struct Report {
    let isJSON: Bool

    /// Prints the table's head.
    func begin() {
        guard !isJSON else { return }
        line(["figure", "value", "unit", "goal", "limit of the machine", "ratio", "check"])
    }

    /// Prints one figure.
    func add(_ figure: Figure) {
        guard !isJSON else {
            say(Self.json(figure))
            return
        }
        let limit = figure.limit.map { "\($0.name) \(text($0.value)) \($0.unit)" } ?? ""
        let isMissed = figure.isReached == false
        let goal = Self.goal(figure) + (isMissed ? " missed" : "")
        let ratio = figure.limit.map { text($0.ratio) } ?? ""
        line([figure.name, text(figure.value), figure.unit, goal, limit, ratio, figure.check ?? ""])
    }

    /// Prints one figure from its parts.
    func add(
        _ name: String,
        _ value: Double,
        _ unit: String,
        goal: Figure.Goal? = nil,
        limit: Figure.Limit? = nil,
        check: String? = nil
    ) {
        add(Figure(name: name, value: value, unit: unit, goal: goal, limit: limit, check: check))
    }

    private static func goal(_ figure: Figure) -> String {
        switch figure.goal {
        case .atLeast(let bound): "≥ \(text(bound))"
        case .atMost(let bound): "≤ \(text(bound))"
        case nil: ""
        }
    }

    private static let widths = [78, 12, 14, 16, 30, 8]

    private func line(_ cells: [String]) {
        var text = ""
        for (index, cell) in cells.enumerated() {
            let width = index < Self.widths.count ? Self.widths[index] : 0
            let padding = String(repeating: " ", count: max(0, width - cell.count))
            let isNumber = index == 1 || index == 5
            text += isNumber ? padding + cell + "  " : cell + padding + "  "
        }
        while text.last == " " { text.removeLast() }
        say(text)
    }

    private static func json(_ figure: Figure) -> String {
        var fields = ["\"name\":\"\(figure.name)\"", "\"value\":\(figure.value)", "\"unit\":\"\(figure.unit)\""]
        let goal = goal(figure)
        if let isReached = figure.isReached { fields.append("\"goal\":\"\(goal)\",\"reached\":\(isReached)") }
        if let limit = figure.limit {
            fields.append("\"limit\":\"\(limit.name)\",\"limit_value\":\(limit.value),\"limit_unit\":\"\(limit.unit)\"")
            fields.append("\"ratio\":\(limit.ratio)")
        }
        if let check = figure.check { fields.append("\"check\":\"\(check)\"") }
        return "{\(fields.joined(separator: ","))}"
    }
}

/// A number with three or more significant digits and its thousands separated.
func text(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    let digits = value.magnitude >= 1_000 ? 0 : value.magnitude >= 100 ? 1 : value.magnitude >= 1 ? 2 : 4
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

/// Sixteen digits that differ if any of the values does.
func checksum(_ values: UInt64...) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for value in values {
        hash = (hash ^ value) &* 0x9e37_79b9_7f4a_7c15
        hash ^= hash >> 29
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
