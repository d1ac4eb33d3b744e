import Columnar
import TestSupport

extension QueryWriter {
    /// Window calls over rows.
    mutating func writeWindows(_ written: inout Written) {
        addTimeAndSeries(to: &written)
        for _ in 0..<generator.int(1...3) { add(windowCall(), to: &written) }
        if generator.oneIn(2) { add(value(1), to: &written) }
    }

    /// `sum(count()) OVER (…)`.
    mutating func addWindowOverGroups(to written: inout Written) {
        let inner = generator.pick(["count()", "count(*)"])
        let isSampled = written.text.sampleBy != nil
        var parts: [String] = []
        if isSampled, let time = scope.time { parts.append("ORDER BY \(time)") }
        let call = generator.pick(["sum(\(inner))", "row_number()", "lag(\(inner))", "max(\(inner))"])
        add(Typed(text: "\(call) OVER (\(parts.joined(separator: " ")))", type: .int64), to: &written)
    }

    private mutating func windowCall() -> Typed {
        let number = generator.oneIn(4) ? number(1) : column()
        let isNumber = number.type == .int64 || number.type == .float64
        // What looks at one row after the other needs no OVER.
        if generator.oneIn(4), scope.time != nil {
            let call = stepCall(number, isNumber)
            return call
        }
        var isFramed = !generator.oneIn(3)
        var call = isFramed ? plainAggregate() : stepCall(number, isNumber)
        if generator.oneIn(8) {
            call = Typed(text: "row_number()", type: .int64)
            isFramed = false
        }
        if generator.oneIn(10) {
            call = Typed(text: "\(generator.pick(["first_value", "last_value"]))(\(number.text))", type: number.type)
            isFramed = true
        }
        let isTimed = call.text.hasPrefix("twap")
        call.text += " OVER (\(window(isTimed: isTimed, isFramed: isFramed)))"
        return call
    }

    /// A call of a function that looks at one row after the other.
    private mutating func stepCall(_ value: Typed, _ isNumber: Bool) -> Typed {
        let count = generator.pick([1, 1, 2, 3, 7])
        if !isNumber || generator.oneIn(3) {
            let name = generator.pick(["lag", "lead"])
            switch generator.int(0...2) {
            case 0: return Typed(text: "\(name)(\(value.text))", type: value.type)
            case 1: return Typed(text: "\(name)(\(value.text), \(count))", type: value.type)
            default:
                guard isNumber else { return Typed(text: "\(name)(\(value.text), \(count))", type: value.type) }
                return Typed(text: "\(name)(\(value.text), \(count), 0)", type: value.type)
            }
        }
        switch generator.int(0...3) {
        case 0: return Typed(text: "diff(\(value.text)\(generator.oneIn(2) ? "" : ", \(count)"))", type: value.type)
        case 1: return Typed(text: "cumsum(\(value.text))", type: value.type)
        case 2: return Typed(text: "sma(\(value.text), \(count))", type: .float64)
        default: return Typed(text: "ema(\(value.text), \(count))", type: .float64)
        }
    }

    private mutating func window(isTimed: Bool, isFramed: Bool) -> String {
        var parts: [String] = []
        let partition = keyColumns(generator.pick([0, 1, 1, 2]))
        if !partition.isEmpty { parts.append("PARTITION BY \(partition.joined(separator: ", "))") }
        var isOrderedByTime = false
        if isTimed || generator.oneIn(2) {
            if let time = scope.time, isTimed || !generator.oneIn(3) {
                parts.append("ORDER BY \(time)")
                isOrderedByTime = true
            } else {
                let direction = generator.pick(["", " DESC", " ASC"])
                parts.append("ORDER BY \(column().text)\(direction)")
            }
        }
        if !isFramed || generator.oneIn(3) { return parts.joined(separator: " ") }
        let isOrdered = parts.last?.hasPrefix("ORDER") ?? false
        if generator.oneIn(2), isOrderedByTime || !isOrdered, scope.time != nil {
            parts.append("RANGE \(frame(["1s", "250ms", "2 seconds", "'500' milliseconds", "1m"]))")
        } else {
            parts.append("ROWS \(frame(["0", "1", "2", "3", "10"]))")
        }
        return parts.joined(separator: " ")
    }

    private mutating func frame(_ distances: [String]) -> String {
        let (a, b) = (generator.pick(distances), generator.pick(distances))
        return generator.pick([
            "\(a) PRECEDING", "UNBOUNDED PRECEDING", "CURRENT ROW", "BETWEEN \(a) PRECEDING AND CURRENT ROW",
            "BETWEEN \(a) PRECEDING AND \(b) FOLLOWING", "BETWEEN CURRENT ROW AND \(a) FOLLOWING",
            "BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", "BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
            "BETWEEN \(a) PRECEDING AND UNBOUNDED FOLLOWING", "BETWEEN UNBOUNDED PRECEDING AND \(a) FOLLOWING",
            "BETWEEN \(a) PRECEDING AND \(a) PRECEDING", "BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
        ])
    }
}
