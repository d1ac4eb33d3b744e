import Columnar
import Foundation
import MarketStore
import Yams

/// The control file of MarketStore's CSV loader: `firstRowHasColumnNames`, `timeFormat`, `timeZone`, `columnNameMap`.
enum CSVControl {
    private static let keys = ["firstRowHasColumnNames", "timeFormat", "timeZone", "columnNameMap"]
    /// The form of times where a control file does not say one, as MarketStore has it.
    private static let usualForm = "1/2/2006 3:04:05 PM"

    /// Reads a control file into hints.
    static func read(_ path: String, into hints: inout CSVHints) throws(ConfigurationError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("\(path): cannot be read")
        }
        try read(yaml: String(decoding: data, as: UTF8.self), path: path, into: &hints)
    }

    /// Reads the text of a control file.
    static func read(yaml: String, path: String, into hints: inout CSVHints) throws(ConfigurationError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw ConfigurationError("\(path): not YAML: \(error)")
        }
        guard let mapping = root?.mapping else {
            throw ConfigurationError("\(path): expected keys such as \(keys.joined(separator: ", "))")
        }
        // What a control file does not say has MarketStore's defaults, not what the file looks like.
        hints.hasHeader = false
        hints.form = CSVTimeForm(control: usualForm)
        for (key, value) in mapping {
            let place = "\(path):\(key.mark?.line ?? 0)"
            switch key.scalar?.string {
            case "firstRowHasColumnNames":
                guard let flag = value.bool else { throw ConfigurationError("\(place): must be true or false") }
                hints.hasHeader = flag
            case "timeFormat":
                guard let text = value.scalar?.string, !text.isEmpty else {
                    throw ConfigurationError("\(place): must be timestamp or a layout such as 2006-01-02 15:04:05")
                }
                hints.form = CSVTimeForm(control: text)
            case "timeZone":
                let name = value.scalar?.string ?? ""
                guard let zone = name.isEmpty ? .utc : ZoneRules(named: name) else {
                    throw ConfigurationError("\(place): there is no time zone '\(name)'")
                }
                hints.zone = zone
            case "columnNameMap":
                guard let names = value.sequence else { throw ConfigurationError("\(place): must be a list of names") }
                hints.names = names.map { $0.null == nil ? $0.scalar?.string ?? "" : "" }
            case let name:
                let near = name.flatMap { nearest(to: $0, in: keys) }.map { "; did you mean \($0)?" } ?? ""
                throw ConfigurationError("\(place): unknown key '\(name ?? "")'\(near)")
            }
        }
    }
}
