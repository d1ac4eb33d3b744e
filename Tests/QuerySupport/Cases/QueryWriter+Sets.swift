import Columnar
import TestSupport

extension QueryWriter {
    /// A SELECT whose columns have the same types as those of another, so that the two can be put together.
    mutating func matching(_ wanted: Scope) -> Written? {
        let outer = scope
        defer { scope = outer }
        let schema = generator.pick([RandomTables.trades, RandomTables.quotes, RandomTables.facts])
        scope = Scope(schema)
        var text = SelectText()
        text.source = .table(schema.name)
        var written = Written(text: text, scope: Scope([], time: nil, series: nil))
        for column in wanted.columns {
            let isTime = column.name == wanted.time
            let isSeries = column.name == wanted.series
            let names = scope.columns.filter { $0.type == column.type }.map(\.name)
            var name = names.isEmpty || generator.oneIn(12) ? "NULL" : generator.pick(names)
            if isTime, let time = scope.time { name = time }
            if isSeries, let series = scope.series { name = series }
            add(Typed(text: name, type: column.type), to: &written)
            if isTime, name == scope.time { written.scope.time = column.name }
            if isSeries, name == scope.series { written.scope.series = column.name }
        }
        if written.text.items.isEmpty { return nil }
        if generator.oneIn(3) { written.text.filters.append(boolean(1)) }
        if generator.oneIn(4) { written.text.limit = generator.pick(["3", "-4", "2, 9"]) }
        return written
    }

    /// Rows without a table.
    mutating func numbers() -> (SelectText.Source, Scope) {
        let column = Scope.Column(name: "x", type: .int64)
        if generator.oneIn(2) {
            return (.text("long_sequence(\(generator.int(0...9)))"), Scope([column], time: nil, series: nil))
        }
        let select = "SELECT column1 AS x, column2 AS y FROM (VALUES (1, 'buy'), (NULL, 'S1'), (-3, NULL))"
        let columns = [column, Scope.Column(name: "y", type: .string)]
        return (.text("(\(select))"), Scope(columns, time: nil, series: nil))
    }

    /// A condition with a sub-query.
    mutating func subquery() -> String? {
        let table = generator.pick(["trades", "quotes", "facts"])
        let isNegated = generator.oneIn(3) ? "NOT " : ""
        switch generator.int(0...4) {
        case 0:
            guard let symbol = scope.names(.symbol).first else { return nil }
            return "\(symbol) \(isNegated)IN (SELECT symbol FROM \(table) LIMIT \(generator.int(0...3)))"
        case 1:
            guard let level = scope.names(.int64).first else { return nil }
            return "\(level) \(isNegated)IN (SELECT level FROM \(generator.pick(["trades", "quotes"])))"
        case 2:
            guard let time = scope.time else { return nil }
            let symbol = generator.pick(["<", ">=", "="])
            return "\(time) \(symbol) (SELECT \(generator.pick(["max", "min"]))(time) FROM trades)"
        case 3: return "\(isNegated)EXISTS (SELECT * FROM \(table) WHERE symbol = 'S2')"
        default:
            guard let level = scope.names(.int64).first else { return nil }
            return "\(level) <= (SELECT count() FROM \(table)) - 20"
        }
    }
}
