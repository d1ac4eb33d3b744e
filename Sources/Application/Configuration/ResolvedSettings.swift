import Yams

/// The value of every setting, and where it came from. Later layers win: default, file, environment, flag.
struct ResolvedSettings: Sendable {
    /// Where a value came from.
    enum Origin: Sendable, Equatable, CustomStringConvertible {
        case fallback
        case file(String, line: Int)
        case environment(String)
        case flag(String)

        var description: String {
            switch self {
            case .fallback: "default"
            case .file(let path, let line): "\(path):\(line)"
            case .environment(let name): name
            case .flag(let name): name
            }
        }
    }

    private var values: [String: (text: String, origin: Origin)]

    /// Starts with the defaults.
    init() {
        values = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.key, ($0.fallback, Origin.fallback)) })
    }

    /// The value of a key that ``Setting/all`` lists.
    func text(_ key: String) -> String {
        guard let value = values[key] else { preconditionFailure("BUG: setting \(key) is not declared") }
        return value.text
    }

    /// Where the value of a key came from.
    func origin(_ key: String) -> Origin { values[key]?.origin ?? .fallback }

    /// Sets a value, or says why it is none.
    mutating func set(_ key: String, to text: String, from origin: Origin) throws(ConfigurationError) {
        guard let setting = Setting.named(key) else {
            let near = nearest(to: key, in: Setting.names).map { "; did you mean '\($0)'?" } ?? ""
            throw ConfigurationError("\(origin): unknown key '\(key)'\(near)")
        }
        if let problem = setting.problem(with: text) {
            throw ConfigurationError("\(origin): \(key) \(problem), not '\(text)'")
        }
        values[key] = (text, origin)
    }

    /// Reads a YAML file; every scalar of it must be a known key.
    mutating func read(yaml: String, path: String) throws(ConfigurationError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw ConfigurationError("\(path): not YAML: \(error)")
        }
        guard let root, root.null == nil || root.mapping != nil else { return }
        try read(node: root, prefix: "", path: path)
    }

    private mutating func read(node: Node, prefix: String, path: String) throws(ConfigurationError) {
        guard case .mapping(let mapping) = node else {
            throw ConfigurationError("\(path):\(node.mark?.line ?? 1): expected 'key: value' lines")
        }
        for (keyNode, valueNode) in mapping {
            let line = keyNode.mark?.line ?? 0
            guard let name = keyNode.scalar?.string else {
                throw ConfigurationError("\(path):\(line): a key must be a word")
            }
            let key = prefix + name
            let origin = Origin.file(path, line: line)
            switch valueNode {
            case .scalar(let scalar):
                try set(key, to: scalar.string, from: origin)
            case .sequence(let items):
                guard Setting.named(key) == nil || Setting.named(key)?.kind == .list else {
                    throw ConfigurationError("\(origin): \(key) takes one value, not a list")
                }
                try set(key, to: items.compactMap { $0.scalar?.string }.joined(separator: ","), from: origin)
            case .mapping(let members) where Setting.named(key)?.kind == .retention:
                try set(key, to: try Self.retention(members, key: key, path: path), from: origin)
            case .mapping:
                guard Setting.all.contains(where: { $0.key.hasPrefix(key + ".") }) else {
                    try set(key, to: "", from: origin)
                    throw ConfigurationError("\(origin): \(key) takes a value, not keys of its own")
                }
                try read(node: valueNode, prefix: key + ".", path: path)
            case .alias:
                throw ConfigurationError("\(origin): aliases are not supported")
            }
        }
    }

    /// A mapping of tables to durations as one text.
    private static func retention(
        _ members: Node.Mapping,
        key: String,
        path: String
    ) throws(ConfigurationError) -> String {
        var entries: [String] = []
        for (table, duration) in members {
            guard let table = table.scalar?.string, let duration = duration.scalar?.string,
                let entry = Retention.entry(table: table, duration: duration)
            else {
                let line = table.mark?.line ?? 0
                throw ConfigurationError("\(path):\(line): \(key) takes lines such as 'trades: 30d'")
            }
            entries.append(entry)
        }
        return entries.joined(separator: ",")
    }

    /// Reads the variables that start with `TICKGATE_`; an unknown one is an error, as it is in the file.
    mutating func read(environment: [String: String]) throws(ConfigurationError) {
        let others: Set<String> = ["TICKGATE_CONFIG", "TICKGATE_SHARED", "TICKGATE_BIN", "TICKGATE_ADMIN_TOKEN"]
        for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("TICKGATE_") {
            guard !others.contains(name) else { continue }
            guard let setting = Setting.all.first(where: { $0.variable == name }) else {
                let near = nearest(to: name, in: Setting.all.map(\.variable)).map { "; did you mean \($0)?" } ?? ""
                throw ConfigurationError("environment: unknown variable \(name)\(near)")
            }
            try set(setting.key, to: text, from: .environment(name))
        }
    }

    /// Every value and its origin, one a line, as `--print-config` shows them.
    var listing: String {
        let width = Setting.all.map(\.key.count).max() ?? 0
        return Setting.all.map { setting in
            let key = setting.key.padding(to: width)
            let text = text(setting.key)
            let shown =
                switch setting.kind {
                case .list: "[\(text.replacing(",", with: ", "))]"
                case .retention: "{\(text.replacing("=", with: ": ").replacing(",", with: ", "))}"
                default: text
                }
            return "\(key)  \((shown.isEmpty ? "\"\"" : shown).padding(to: 32))  # \(origin(setting.key))"
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}

/// The candidate at the least edit distance of `text`, if it is near enough to be meant.
func nearest(to text: String, in candidates: [String]) -> String? {
    let scored = candidates.map { ($0, editDistance(text, $0)) }
    guard let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= max(2, text.count / 4) else { return nil }
    return best.0
}

/// Insertions, deletions and replacements that turn one text into the other (Levenshtein).
private func editDistance(_ left: String, _ right: String) -> Int {
    let target = Array(right)
    var previous = Array(0...target.count)
    for (row, character) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in target.enumerated() {
            let replaced = previous[column] + (character == other ? 0 : 1)
            current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
        }
        previous = current
    }
    return previous[target.count]
}
