import QueryLang

/// Random statements that change something.
extension RandomStatements {
    mutating func command() -> Statement.Kind {
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1: return .createTable(createTable())
        case 2: return .createView(CreateViewStatement(name: name(), replaces: random.oneIn(2), query: select(1)))
        case 3: return .alterTable(AlterTableStatement(table: name(), change: change()))
        case 4: return .drop(DropStatement(random.oneIn(2) ? .table : .view, name: name(), isOptional: random.oneIn(2)))
        case 5: return .truncate(name())
        case 6, 7: return .insert(insert())
        case 8: return .delete(DeleteStatement(table: name(), filter: random.oneIn(4) ? nil : expression(3)))
        default: return .show(show())
        }
    }

    private mutating func show() -> ShowStatement {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .createTable(name())
        case 1: .createView(name())
        case 2: .views
        case 3: .functions
        case 4: .queries
        default:
            .symbols(
                table: random.oneIn(2) ? name() : nil,
                pattern: random.oneIn(2) ? random.pick(["", "BTC%", "it's"]) : nil
            )
        }
    }

    private mutating func insert() -> InsertStatement {
        let columns = random.oneIn(2) ? list(3) { $0.name() } : nil
        guard random.oneIn(3) else {
            let rows = list(3) { random in ValuesRow(random.list(3) { $0.expression(2) }, span: random.nowhere) }
            return InsertStatement(table: name(), columns: columns, content: .values(rows))
        }
        return InsertStatement(table: name(), columns: columns, content: .query(select(1)))
    }

    private mutating func change() -> AlterTableStatement.Change {
        guard random.oneIn(3) else { return .addColumns(list(3) { $0.definition() }, isOptional: random.oneIn(2)) }
        return .setTimeToLive(random.oneIn(2) ? nil : length())
    }

    private mutating func length() -> Interval {
        let units = Interval.Unit.allCases.filter { $0.nanoseconds != nil }
        return Interval(count: random.pick([1, 5, 30, 90]), unit: random.pick(units))
    }

    private mutating func definition() -> ColumnDefinition {
        var symbol = ColumnDefinition.SymbolOptions()
        if random.oneIn(4) { symbol.capacity = random.pick([0, 256, .max]) }
        if random.oneIn(4) { symbol.isCached = random.oneIn(2) }
        if random.oneIn(4) {
            symbol.isIndexed = true
            if random.oneIn(2) { symbol.indexCapacity = 128 }
        }
        return ColumnDefinition(name: name(), type: name(), symbol: symbol)
    }

    private mutating func choice() -> CreateTableStatement.Choice? {
        random.pick([nil, CreateTableStatement.Choice.none, .column(name())])
    }

    private mutating func createTable() -> CreateTableStatement {
        var options = CreateTableStatement.Options()
        options.timestamp = choice()
        options.seriesKey = choice()
        if random.oneIn(3) { options.timeframe = length() }
        if random.oneIn(3) { options.partition = name() }
        if random.oneIn(3) { options.hasLog = random.oneIn(2) }
        if random.oneIn(3) { options.timeToLive = length() }
        if random.oneIn(3) { options.dedupKeys = list(3) { $0.name() } }
        if random.oneIn(3) {
            options.parameters = list(3) { random in
                let value: CreateTableStatement.Parameter.Value =
                    random.random.oneIn(2)
                    ? .interval(random.length()) : .literal(random.random.pick([.integer(5), .null]))
                return CreateTableStatement.Parameter(name: random.name(), value: value)
            }
        }
        let content: CreateTableStatement.Content =
            random.oneIn(3) ? .query(select(1)) : .columns(list(4) { $0.definition() })
        return CreateTableStatement(name: name(), isOptional: random.oneIn(2), content: content, options: options)
    }
}
