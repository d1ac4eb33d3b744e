import Columnar
import Foundation
import TestSupport

/// One case of a text file: a statement and what must come of it.
struct QueryCase {
    enum Kind: String {
        /// The answer's rows as CSV, without the header.
        case query
        /// The answer's header and rows as CSV.
        case header
        /// The error's code, message and hint, whole; or, after `query error`, a pattern for them.
        case error
        /// The steps of the execution.
        case plan
    }

    var kind: Kind
    var text: String
    var expected: [String]
    /// What an error must match, if it need not be the same.
    var pattern: String?
    var line: Int

    func accepts(_ result: [String]) -> Bool {
        guard let pattern else { return result == expected }
        return result.count == 1 && result[0].range(of: pattern, options: .regularExpression) != nil
    }
}

/// A file of tables and cases, in the manner of sqllogictest.
///
///     table trades [regular 60s | unkeyed]
///     time timestamp, symbol symbol, price float64
///     2024-08-08T00:00:00 A 100.5
///     2024-08-08T00:00:01 B -            a minus is null; "" is the empty text, spaces are written ␣
///
///     query
///     SELECT count() FROM trades
///     ----
///     2
///
///     query error unknown column
///     SELECT prize FROM trades
///
/// The column `symbol` is the series key, unless the table is unkeyed. Kinds of cases besides `query`: `header`, `error` (both with `----`) and `plan`. Blocks end at an empty line; lines that start with # are comments.
struct QueryCaseFile {
    struct Malformed: Error { let message: String }

    let url: URL
    private(set) var tables: [MemoryTable] = []
    private(set) var cases: [QueryCase] = []
    /// Lines outside cases, and for each case its index: what a rewritten file is made of.
    private var layout: [Part] = []

    private enum Part {
        case line(String)
        case testCase(Int)
    }

    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("cases")

    static let names: [String] = {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return all.filter { $0.hasSuffix(".slt") }.sorted()
    }()

    init(_ name: String) throws {
        url = Self.directory.appendingPathComponent(name)
        let lines = try String(contentsOf: url, encoding: .utf8).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        .map(String.init)
        var index = 0
        while index < lines.count {
            let start = index
            let words = lines[index].split(separator: " ").map(String.init)
            guard let word = words.first, !word.hasPrefix("#") else {
                layout.append(.line(lines[index]))
                index += 1
                continue
            }
            while index < lines.count, !lines[index].isEmpty { index += 1 }
            let block = Array(lines[start..<index])
            if word == "table" {
                tables.append(try Self.table(words, block))
                layout += block.map { .line($0) }
            } else if words.count > 2, words[..<2] == ["query", "error"] {
                layout.append(.testCase(cases.count))
                let pattern = String(block[0].dropFirst("query error ".count))
                let text = block.dropFirst().joined(separator: "\n")
                cases.append(QueryCase(kind: .error, text: text, expected: [], pattern: pattern, line: start + 1))
            } else if let kind = QueryCase.Kind(rawValue: word), let bar = block.firstIndex(of: "----") {
                layout.append(.testCase(cases.count))
                let text = block[1..<bar].joined(separator: "\n")
                cases.append(QueryCase(kind: kind, text: text, expected: Array(block[(bar + 1)...]), line: start + 1))
            } else {
                throw Malformed(message: "\(name):\(start + 1): '\(lines[start])' starts no block")
            }
        }
    }

    /// The file with other results.
    func rewritten(_ results: [[String]]) -> String {
        layout.flatMap { part -> [String] in
            switch part {
            case .line(let line): return [line]
            case .testCase(let index):
                if let pattern = cases[index].pattern { return ["query error \(pattern)", cases[index].text] }
                return [cases[index].kind.rawValue, cases[index].text, "----"] + results[index]
            }
        }.joined(separator: "\n")
    }

    private static func table(_ words: [String], _ block: [String]) throws -> MemoryTable {
        guard words.count >= 2, block.count >= 2 else { throw Malformed(message: "a table needs a name and columns") }
        let columns = try block[1].split(separator: ",").map { text -> Column in
            let parts = text.split(separator: " ").map(String.init)
            guard parts.count == 2, let type = ColumnType.allCases.first(where: { $0.name == parts[1] }) else {
                throw Malformed(message: "'\(text)' is no column")
            }
            return Column(parts[0], type)
        }
        let isRegular = words.count == 4 && words[2] == "regular"
        let seconds = isRegular ? Int64(words[3].dropLast()) ?? 60 : 0
        let schema = TableSchema(
            name: words[1],
            kind: isRegular ? .regular(timeframe: seconds * CivilTime.second) : .event,
            columns: columns,
            series: columns.contains { $0.name == "symbol" } && !words.contains("unkeyed") ? "symbol" : nil
        )
        guard let schema else { throw Malformed(message: "no table can have these columns: \(block[1])") }
        let rows = try block.dropFirst(2).map { line -> [Scalar] in
            let cells = line.split(separator: " ").map(String.init)
            guard cells.count == columns.count else { throw Malformed(message: "'\(line)' has \(cells.count) cells") }
            return try zip(cells, columns).map { try scalar($0, $1.type) }
        }
        return MemoryTable(schema, rows: rows)
    }

    private static func scalar(_ cell: String, _ type: ColumnType) throws -> Scalar {
        if cell == "-" { return .null }
        let value: Scalar? =
            switch type {
            case .boolean: .boolean(cell == "true")
            case .int64: Int64(cell).map { .int64($0) }
            case .float64: Double(cell).map { .float64($0) }
            case .timestamp: CivilTime.interval(cell).map { .timestamp($0.start) }
            case .symbol, .string: .text(cell == "\"\"" ? "" : cell.replacingOccurrences(of: "␣", with: " "))
            }
        guard let value else { throw Malformed(message: "'\(cell)' is no \(type.name)") }
        return value
    }
}
