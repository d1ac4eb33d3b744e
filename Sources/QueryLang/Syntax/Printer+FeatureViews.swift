import Columnar

extension Printer {
    mutating func append(_ statement: FeatureViewStatement) {
        switch statement {
        case .create(let create): append(create)
        case .drop(let name, let isOptional):
            text += isOptional ? "DROP FEATURE VIEW IF EXISTS " : "DROP FEATURE VIEW "
            append(name)
        case .backfill(let backfill):
            text += "BACKFILL "
            append(backfill.name)
            if let from = backfill.from { text += " FROM " + quoted(from.text, by: "'") }
            if let to = backfill.to { text += " TO " + quoted(to.text, by: "'") }
        }
    }

    private mutating func append(_ create: CreateFeatureViewStatement) {
        text += "CREATE FEATURE VIEW "
        append(create.name)
        let options = create.options
        if let tier = options.tier { text += " TIER \(tier.rawValue)" }
        switch options.storage {
        case nil: break
        case .some(.none): text += " STORE NONE"
        case .onChange: text += " STORE ON CHANGE"
        case .every(let interval): text += " STORE EVERY \(interval.text)"
        }
        if let timeToLive = options.timeToLive { text += " TTL \(timeToLive.text)" }
        if let latency = options.latency { text += " LATENCY \(latency.text)" }
        if let owner = options.owner { text += " OWNER " + quoted(owner, by: "'") }
        if let summary = options.summary { text += " DESCRIPTION " + quoted(summary, by: "'") }
        if !options.units.isEmpty {
            text += " UNITS ("
            list(options.units) { printer, unit in
                printer.append(unit.field)
                printer.text += " " + printer.quoted(unit.unit, by: "'")
            }
            text += ")"
        }
        text += " AS "
        append(create.query)
    }
}
