extension Printer {
    mutating func append(_ window: NamedWindow) {
        append(window.name)
        text += " AS "
        append(window.window)
    }

    /// The window in parentheses.
    mutating func append(_ window: WindowClause) {
        text += "("
        var separator = ""
        if let base = window.base {
            if WindowClause.partWords.contains(base.name.uppercased()) {
                text += quoted(base.name, by: "\"")
            } else {
                append(base)
            }
            separator = " "
        }
        if !window.partition.isEmpty {
            clause("\(separator)PARTITION BY ", window.partition) { $0.append($1) }
            separator = " "
        }
        if !window.order.isEmpty {
            clause("\(separator)ORDER BY ", window.order) { $0.append($1) }
            separator = " "
        }
        if let frame = window.frame {
            text += separator
            append(frame)
        }
        text += ")"
    }

    mutating func append(_ frame: FrameClause) {
        text += "\(frame.unit.rawValue) BETWEEN "
        append(frame.start)
        text += " AND "
        append(frame.end)
        if frame.exclusion != .noOthers { text += " EXCLUDE \(frame.exclusion.rawValue)" }
    }

    private mutating func append(_ bound: FrameClause.Bound) {
        switch bound {
        case .unboundedPreceding: text += "UNBOUNDED PRECEDING"
        case .preceding(let distance): text += "\(distance.text) PRECEDING"
        case .currentRow: text += "CURRENT ROW"
        case .following(let distance): text += "\(distance.text) FOLLOWING"
        case .unboundedFollowing: text += "UNBOUNDED FOLLOWING"
        }
    }
}

extension FrameClause.Distance {
    /// Its canonical text.
    var text: String {
        switch self {
        case .rows(let count): String(count)
        case .time(let interval): interval.text
        }
    }
}
