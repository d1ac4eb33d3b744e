extension Printer {
    mutating func append(_ create: CreateMaterializedViewStatement) {
        text += create.isOptional ? "CREATE MATERIALIZED VIEW IF NOT EXISTS " : "CREATE MATERIALIZED VIEW "
        append(create.name)
        if let base = create.base {
            text += " WITH BASE "
            append(base)
        }
        switch create.refresh {
        case nil: break
        case .immediate: text += " REFRESH IMMEDIATE"
        case .manual: text += " REFRESH MANUAL"
        case .every(let interval): text += " REFRESH EVERY \(interval.text)"
        }
        text += " AS ("
        append(create.query)
        text += ")"
        if let partition = create.partition {
            text += " PARTITION BY "
            append(partition)
        }
        if let timeToLive = create.timeToLive { text += " TTL \(timeToLive.text)" }
    }

    mutating func append(_ refresh: RefreshStatement) {
        text += "REFRESH MATERIALIZED VIEW "
        append(refresh.name)
        switch refresh.extent {
        case .full: text += " FULL"
        case .incremental: text += " INCREMENTAL"
        case .range(let from, let to):
            text += " RANGE FROM " + quoted(from, by: "'") + " TO " + quoted(to, by: "'")
        }
    }
}
