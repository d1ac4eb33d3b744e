import Columnar
import TestSupport

extension QueryWriter {
    /// Aggregates, with SAMPLE BY or without.
    mutating func writeGroups(_ written: inout Written) {
        let isSampled = scope.time != nil && generator.oneIn(2)
        if let time = scope.time, isSampled {
            written.text.sampleBy = generator.pick(["1s", "1s", "250ms", "3s", "7s", "1m", "1h", "1d"])
            if generator.oneIn(4) { written.text.sampleBy = generator.pick(["1M", "2d", "1w", "1y", "12h", "3M"]) }
            if generator.oneIn(3) {
                written.text.alignment = generator.pick([
                    "ALIGN TO CALENDAR", "ALIGN TO FIRST OBSERVATION", "ALIGN TO CALENDAR TIME ZONE 'Europe/Berlin'",
                    "ALIGN TO CALENDAR TIME ZONE '-09:30' WITH OFFSET '01:15'",
                    "ALIGN TO CALENDAR TIME ZONE 'America/New_York' WITH OFFSET '-00:20'",
                    "ALIGN TO CALENDAR WITH OFFSET '00:07'",
                ])
            }
            if written.text.alignment != "ALIGN TO FIRST OBSERVATION", generator.oneIn(4) {
                written.text.range = generator.pick([
                    "FROM '2024-08-08T00:00:02'", "TO '2024-08-08T00:00:07'",
                    "FROM '2024-08-07' TO '2024-08-08T00:00:30'",
                    "FROM '2024-08-08T00:00:01.3' TO '2024-08-08T00:00:09'", "FROM '2024-07-31' TO '2024-09-05'",
                ])
            }
            if !generator.oneIn(4) {
                add(Typed(text: time, type: .timestamp), to: &written, as: "time")
                written.scope.time = "time"
            }
        }
        let keys = writeKeys(&written)
        var aggregates: [Typed] = []
        for _ in 0..<generator.int(1...3) { aggregates.append(aggregate()) }
        for aggregate in aggregates { add(aggregate, to: &written) }
        if isSampled, generator.oneIn(3) { written.text.fill = fill(aggregates) }
        if !keys.isEmpty, generator.oneIn(4) {
            written.text.groupBy = keys
            if generator.oneIn(3), let key = keyColumns(1).first, !keys.contains(key) {
                written.text.groupBy.append(key)
            }
        }
        if generator.oneIn(4) { written.text.having = having(aggregates) }
        if generator.oneIn(6) { addWindowOverGroups(to: &written) }
        if generator.oneIn(6), scope.time != nil { addBar(to: &written) }
    }

    private mutating func writeKeys(_ written: inout Written) -> [String] {
        var keys = keyColumns(generator.pick([0, 1, 1, 2]))
        if generator.oneIn(6), let price = scope.names(.float64).first { keys.append(price) }
        for key in keys {
            let type = scope.columns.first { $0.name == key }?.type ?? .symbol
            let name = key == scope.series ? "symbol" : nil
            add(Typed(text: key, type: type), to: &written, as: name)
            if key == scope.series { written.scope.series = "symbol" }
        }
        if generator.oneIn(6) {
            let key = number(1)
            guard scope.columns.contains(where: { key.text.contains($0.name) }) else { return keys }
            add(key, to: &written)
            keys.append(key.text)
        }
        return keys
    }

    private mutating func addBar(to written: inout Written) {
        let prices = scope.names(.float64)
        guard prices.count >= 2, written.text.fill == nil else { return }
        let isTraded = generator.oneIn(2)
        let name = alias()
        let arguments = isTraded ? "\(prices[0]), \(prices[1])" : prices[0]
        let call = "\(isTraded ? "ohlcv" : "ohlc")(\(arguments))"
        written.text.items.append(SelectText.Item(expression: call, alias: name))
        for part in ["open", "high", "low", "close"] + (isTraded ? ["volume"] : []) {
            written.scope.columns.append(Scope.Column(name: "\(name)_\(part)", type: .float64))
        }
    }

    private mutating func fill(_ aggregates: [Typed]) -> String {
        func one(_ type: ColumnType) -> String {
            switch type {
            case .float64: generator.pick(["NULL", "PREV", "LINEAR", "LINEAR", "-1.5", "0"])
            case .int64: generator.pick(["NULL", "PREV", "LINEAR", "0", "-7"])
            case .symbol, .string: generator.pick(["NULL", "PREV", "'none'"])
            case .timestamp: generator.pick(["NULL", "PREV", "LINEAR"])
            case .boolean: generator.pick(["NULL", "PREV"])
            }
        }
        if generator.oneIn(2) { return "FILL(\(generator.pick(["NONE", "NULL", "PREV", "NULL", "PREV"])))" }
        return "FILL(\(aggregates.map { one($0.type) }.joined(separator: ", ")))"
    }

    private mutating func having(_ aggregates: [Typed]) -> String {
        switch generator.int(0...4) {
        case 0: return "count() > \(generator.int(0...3))"
        case 1: return "count(\(column().text)) <= \(generator.int(0...4))"
        case 2: return "\(aggregates[0].text) IS NOT NULL"
        case 3:
            guard let number = scope.names(.float64, .int64).first else { return "count() >= 2" }
            return "max(\(number)) > min(\(number)) OR count() = 1"
        default: return "count() % 2 = 1 AND \(generator.pick(["true", "count(*) < 9"]))"
        }
    }

    // MARK: Aggregates

    mutating func aggregate() -> Typed {
        let call = plainAggregate()
        guard generator.oneIn(6), call.type == .float64 || call.type == .int64 else { return call }
        let other = plainAggregate()
        guard other.type == .float64 || other.type == .int64 else { return call }
        let isInteger = call.type == .int64 && other.type == .int64
        return Typed(
            text: "\(call.text) \(generator.pick(["+", "-", "*", "/"])) \(other.text)",
            type: isInteger ? .int64 : .float64
        )
    }

    /// A call of an aggregate with one value.
    mutating func plainAggregate() -> Typed {
        let number = generator.oneIn(5) ? number(1) : numberColumn()
        let own = numberColumn()
        let any = column()
        switch generator.int(0...22) {
        case 0: return Typed(text: generator.pick(["count()", "count(*)"]), type: .int64)
        case 1: return Typed(text: "count(\(any.text))", type: .int64)
        case 2, 3: return Typed(text: "sum(\(number.text))", type: number.type)
        case 4: return Typed(text: "min(\(any.text))", type: any.type)
        case 5: return Typed(text: "max(\(any.text))", type: any.type)
        case 6, 7: return Typed(text: "\(generator.pick(["avg", "mean"]))(\(number.text))", type: .float64)
        case 8: return Typed(text: "first(\(any.text))", type: any.type)
        case 9: return Typed(text: "last(\(any.text))", type: any.type)
        case 10: return Typed(text: "vwap(\(number.text), \(own.text))", type: .float64)
        case 11, 12:
            let name = generator.pick([
                "stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop",
            ])
            return Typed(text: "\(name)(\(number.text))", type: .float64)
        case 13, 14:
            let name = generator.pick(["corr", "covar_pop", "covar_samp"])
            return Typed(text: "\(name)(\(number.text), \(own.text))", type: .float64)
        case 15:
            guard scope.time != nil else { return Typed(text: "count()", type: .int64) }
            return Typed(text: "twap(\(number.text))", type: .float64)
        case 16: return Typed(text: "arg_min(\(any.text), \(number.text))", type: any.type)
        case 17: return Typed(text: "arg_max(\(any.text), \(number.text))", type: any.type)
        case 18, 19: return Typed(text: "median(\(number.text))", type: .float64)
        case 20:
            let share = generator.pick(["0", "1", "0.25", "0.9", "0.5"])
            return Typed(text: "quantile(\(number.text), \(share))", type: .float64)
        default:
            let isPlain = generator.oneIn(2)
            return Typed(text: isPlain ? "count_distinct(\(any.text))" : "count(DISTINCT \(any.text))", type: .int64)
        }
    }

    private mutating func numberColumn() -> Typed {
        let columns = scope.columns.filter { $0.type == .float64 || $0.type == .int64 }
        if columns.isEmpty { return Typed(text: "1", type: .int64) }
        let column = generator.pick(columns)
        return Typed(text: column.name, type: column.type)
    }
}
