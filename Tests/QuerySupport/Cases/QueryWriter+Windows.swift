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
        var number = generator.oneIn(4) ? number(1) : column()
        if generator.oneIn(10) {
            let inner = window(isTimed: false, isFramed: false)
            number = Typed(text: "\(generator.pick(["row_number", "rank"]))() OVER (\(inner))", type: .int64)
        }
        let isNumber = number.type == .int64 || number.type == .float64
        // What looks at one row after the other needs no OVER.
        if generator.oneIn(4), scope.time != nil {
            let call = stepCall(number, isNumber)
            return call
        }
        if generator.oneIn(3) { return classicCall(number) }
        let isFramed = !generator.oneIn(3)
        var call = isFramed ? plainAggregate() : stepCall(number, isNumber)
        let isTimed = call.text.hasPrefix("twap")
        if isFramed, generator.oneIn(5) { call.text += " FILTER (WHERE \(boolean(1)))" }
        call.text += " OVER (\(window(isTimed: isTimed, isFramed: isFramed)))"
        return call
    }

    /// A call of a function of places, or of one that picks a value.
    private mutating func classicCall(_ value: Typed) -> Typed {
        let count = generator.pick([1, 1, 2, 3, 7])
        let nulls = generator.pick(["", "", " RESPECT NULLS", " IGNORE NULLS"])
        var call: Typed
        var isFramed = false
        switch generator.int(0...5) {
        case 0, 1:
            let name = generator.pick(["row_number()", "rank()", "dense_rank()", "ntile(\(count))"])
            call = Typed(text: name, type: .int64)
        case 2: call = Typed(text: generator.pick(["percent_rank()", "cume_dist()"]), type: .float64)
        case 3:
            call = Typed(text: "\(generator.pick(["lag", "lead"]))(\(value.text), \(count))\(nulls)", type: value.type)
        default:
            isFramed = true
            let name = generator.pick([
                "first_value(\(value.text))", "last_value(\(value.text))", "nth_value(\(value.text), \(count))",
            ])
            call = Typed(text: name + nulls, type: value.type)
        }
        call.text += " OVER (\(window(isTimed: false, isFramed: isFramed)))"
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
        // What distances can be measured by.
        var orderType = scope.time == nil ? nil : ColumnType.timestamp
        var isOrdered = false
        if isTimed || generator.oneIn(2) {
            isOrdered = true
            if let time = scope.time, isTimed || !generator.oneIn(3) {
                parts.append("ORDER BY \(time)\(isTimed ? "" : generator.pick(["", "", " DESC"]))")
            } else {
                let key = column()
                orderType = key.type
                parts.append("ORDER BY \(key.text)\(generator.pick(["", " DESC", " ASC"]))")
            }
        }
        if !isFramed || generator.oneIn(3) { return parts.joined(separator: " ") }
        let counts = ["0", "1", "2", "3", "10"]
        switch (generator.int(0...3), orderType) {
        case (0, .timestamp?): parts.append("RANGE \(frame(["1s", "250ms", "2 seconds", "'500' milliseconds", "1m"]))")
        case (0, .int64?): parts.append("RANGE \(frame(counts))")
        case (1, _) where isOrdered: parts.append("GROUPS \(frame(counts))")
        case (2, _) where generator.oneIn(4): parts.append("CUMULATIVE")
        default: parts.append("ROWS \(frame(counts))")
        }
        if generator.oneIn(4) {
            let words = isOrdered ? ["CURRENT ROW", "GROUP", "TIES", "NO OTHERS"] : ["CURRENT ROW", "NO OTHERS"]
            parts.append("EXCLUDE \(generator.pick(words))")
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
            "BETWEEN \(a) FOLLOWING AND UNBOUNDED FOLLOWING", "BETWEEN UNBOUNDED PRECEDING AND \(a) PRECEDING",
        ])
    }
}
