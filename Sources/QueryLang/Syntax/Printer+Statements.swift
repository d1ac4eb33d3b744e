extension Printer {
    // MARK: Tables

    mutating func append(_ create: CreateTableStatement) {
        text += create.isOptional ? "CREATE TABLE IF NOT EXISTS " : "CREATE TABLE "
        append(create.name)
        switch create.content {
        case .columns(let columns):
            text += " ("
            list(columns) { $0.append($1) }
            text += ")"
        case .query(let query):
            text += " AS ("
            append(query)
            text += ")"
        }
        append(create.options)
    }

    private mutating func append(_ column: ColumnDefinition) {
        append(column.name)
        text += " "
        append(column.type)
        let symbol = column.symbol
        if let capacity = symbol.capacity { text += " CAPACITY \(capacity)" }
        if let isCached = symbol.isCached { text += isCached ? " CACHE" : " NOCACHE" }
        if symbol.isIndexed {
            text += " INDEX"
            if let capacity = symbol.indexCapacity { text += " CAPACITY \(capacity)" }
        }
    }

    private mutating func append(_ options: CreateTableStatement.Options) {
        if let timestamp = options.timestamp {
            text += " TIMESTAMP"
            append(timestamp)
        }
        if let seriesKey = options.seriesKey {
            text += " SERIES KEY"
            append(seriesKey)
        }
        if let timeframe = options.timeframe { text += " TIMEFRAME \(timeframe.text)" }
        if let partition = options.partition {
            text += " PARTITION BY "
            append(partition)
        }
        if let hasLog = options.hasLog { text += hasLog ? " WAL" : " BYPASS WAL" }
        if let timeToLive = options.timeToLive { text += " TTL \(timeToLive.text)" }
        if let keys = options.dedupKeys {
            text += " DEDUP UPSERT KEYS ("
            list(keys) { $0.append($1) }
            text += ")"
        }
        clause(" WITH ", options.parameters) { printer, parameter in
            printer.append(parameter.name)
            printer.text += " = "
            switch parameter.value {
            case .literal(let literal): printer.append(literal)
            case .interval(let interval): printer.text += interval.text
            }
        }
    }

    private mutating func append(_ choice: CreateTableStatement.Choice) {
        switch choice {
        case .none: text += " NONE"
        case .column(let name):
            text += " ("
            append(name)
            text += ")"
        }
    }

    mutating func append(_ alter: AlterTableStatement) {
        text += "ALTER TABLE "
        append(alter.table)
        switch alter.change {
        case .addColumns(let columns, let isOptional):
            text += isOptional ? " ADD COLUMN IF NOT EXISTS " : " ADD COLUMN "
            list(columns) { $0.append($1) }
        case .setTimeToLive(let timeToLive):
            text += " SET TTL \(timeToLive?.text ?? "NONE")"
        }
    }

    // MARK: Rows

    mutating func append(_ insert: InsertStatement) {
        text += "INSERT INTO "
        append(insert.table)
        if let columns = insert.columns {
            text += " ("
            list(columns) { $0.append($1) }
            text += ")"
        }
        switch insert.content {
        case .query(let query):
            text += " "
            append(query)
        case .values(let rows):
            text += " VALUES "
            list(rows) { printer, row in
                printer.text += "("
                printer.list(row.values) { $0.append($1) }
                printer.text += ")"
            }
        }
    }

    mutating func append(_ delete: DeleteStatement) {
        text += "DELETE FROM "
        append(delete.table)
        if let filter = delete.filter {
            text += " WHERE "
            append(filter)
        }
    }

    // MARK: Views and SHOW

    mutating func append(_ create: CreateViewStatement) {
        text += create.replaces ? "CREATE OR REPLACE VIEW " : "CREATE VIEW "
        append(create.name)
        text += " AS "
        append(create.query)
    }

    mutating func append(_ show: ShowStatement) {
        text += "SHOW "
        switch show {
        case .views: text += "VIEWS"
        case .materializedViews: text += "MATERIALIZED VIEWS"
        case .createMaterializedView(let name):
            text += "CREATE MATERIALIZED VIEW "
            append(name)
        case .functions: text += "FUNCTIONS"
        case .queries: text += "QUERIES"
        case .features: text += "FEATURES"
        case .createFeatureView(let name):
            text += "CREATE FEATURE VIEW "
            append(name)
        case .createTable(let name):
            text += "CREATE TABLE "
            append(name)
        case .createView(let name):
            text += "CREATE VIEW "
            append(name)
        case .symbols(let table, let pattern):
            text += "SYMBOLS"
            if let table {
                text += " FROM "
                append(table)
            }
            if let pattern { text += " LIKE " + quoted(pattern, by: "'") }
        }
    }
}
