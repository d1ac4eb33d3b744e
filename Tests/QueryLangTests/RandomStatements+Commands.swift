import Columnar
import QueryLang

/// Random statements that change something.
extension RandomStatements {
    mutating func command() -> Statement.Kind {
        switch Int.random(in: 0..<13, using: &random) {
        case 10: return .createMaterializedView(createMaterializedView())
        case 11: return .refresh(refresh())
        case 12: return .featureView(featureView())
        case 0, 1: return .createTable(createTable())
        case 2: return .createView(CreateViewStatement(name: name(), replaces: random.oneIn(2), query: select(1)))
        case 3: return .alterTable(AlterTableStatement(table: name(), change: change()))
        case 4:
            let object = random.pick([DropStatement.Object.table, .view, .materializedView])
            return .drop(DropStatement(object, name: name(), isOptional: random.oneIn(2)))
        case 5: return .truncate(name())
        case 6, 7: return .insert(insert())
        case 8: return .delete(DeleteStatement(table: name(), filter: random.oneIn(4) ? nil : expression(3)))
        default: return .show(show())
        }
    }

    private mutating func show() -> ShowStatement {
        switch Int.random(in: 0..<10, using: &random) {
        case 6: .materializedViews
        case 7: .createMaterializedView(name())
        case 8: .features
        case 9: .createFeatureView(name())
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

    private mutating func createMaterializedView() -> CreateMaterializedViewStatement {
        CreateMaterializedViewStatement(
            name: name(),
            isOptional: random.oneIn(2),
            base: random.oneIn(3) ? name() : nil,
            refresh: random.pick([nil, .immediate, .manual, .every(length())]),
            query: select(1),
            partition: random.oneIn(3) ? name() : nil,
            timeToLive: random.oneIn(3) ? length() : nil
        )
    }

    private mutating func refresh() -> RefreshStatement {
        let extent = random.pick([RefreshStatement.Extent.full, .incremental, .range(from: "2024", to: "it's")])
        return RefreshStatement(name: name(), extent: extent, span: nowhere)
    }

    private mutating func featureView() -> FeatureViewStatement {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return .drop(name(), isOptional: random.oneIn(2))
        case 1:
            func time() -> BackfillStatement.Time? {
                random.oneIn(2) ? nil : BackfillStatement.Time(random.pick(["2024-01-01", "it's"]), span: nowhere)
            }
            return .backfill(BackfillStatement(name: name(), from: time(), to: time()))
        default:
            var options = CreateFeatureViewStatement.Options()
            if random.oneIn(2) { options.tier = random.oneIn(2) ? .batch : .realtime }
            let rules: [CreateFeatureViewStatement.Storage] = [.none, .onChange, .every(length())]
            if random.oneIn(2) { options.storage = random.pick(rules) }
            if random.oneIn(2) { options.timeToLive = length() }
            if random.oneIn(2) { options.latency = length() }
            if random.oneIn(2) { options.owner = random.pick(["desk", "it's"]) }
            if random.oneIn(2) { options.summary = random.pick(["", "a \"b\""]) }
            if random.oneIn(2) {
                options.units = list(3) { CreateFeatureViewStatement.Unit(field: $0.name(), unit: "it's") }
            }
            return .create(CreateFeatureViewStatement(name: name(), options: options, query: select(1)))
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
