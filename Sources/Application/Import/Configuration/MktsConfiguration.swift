import Foundation
import Yams

/// The configuration of MarketStore: its `mkts.yml`.
struct MktsConfiguration {
    /// A trigger or a background worker.
    struct Plugin: Equatable {
        /// The module without `.so`.
        var module: String
        /// Which keys fire a trigger.
        var pattern: String
        /// Its settings that are texts or lists of texts.
        var settings: [String: [String]]
    }

    let path: String
    /// The keys of the first level, in order, with the text of their values; nil for lists and maps.
    let keys: [(name: String, line: Int, text: String?)]
    private let root: Node?

    /// Reads a file.
    init(path: String) throws(ConfigurationError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("\(path): cannot be read")
        }
        try self.init(yaml: String(decoding: data, as: UTF8.self), path: path)
    }

    /// Reads a text.
    init(yaml: String, path: String) throws(ConfigurationError) {
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw ConfigurationError("\(path): not YAML: \(error)")
        }
        self.path = path
        guard let mapping = root?.mapping else {
            guard root == nil || root?.null != nil else {
                throw ConfigurationError("\(path): expected 'key: value' lines, as in MarketStore's mkts.yml")
            }
            keys = []
            return
        }
        keys = mapping.compactMap { key, value in
            key.scalar.map { ($0.string, key.mark?.line ?? 0, value.null == nil ? value.scalar?.string : "") }
        }
    }

    /// The text of a key of the first level; nil if it is not there.
    func text(_ name: String) -> String? { keys.first { $0.name == name }?.text }

    /// The text of a key of a map.
    func text(_ name: String, _ member: String) -> String? { root?[name]?[member]?.scalar?.string }

    /// The members of `triggers` or `bgworkers`.
    func plugins(_ name: String) -> [Plugin] {
        (root?[name]?.sequence).map { sequence in
            sequence.compactMap { node in
                guard let module = node["module"]?.scalar?.string else { return nil }
                var settings: [String: [String]] = [:]
                for (key, value) in node["config"]?.mapping ?? [:] {
                    guard let key = key.scalar?.string else { continue }
                    settings[key] = value.scalar.map { [$0.string] } ?? value.sequence?.compactMap { $0.scalar?.string }
                }
                return Plugin(
                    module: module.hasSuffix(".so") ? String(module.dropLast(3)) : module,
                    pattern: node["on"]?.scalar?.string ?? "",
                    settings: settings
                )
            }
        } ?? []
    }
}
