import Columnar
import Foundation
import TestSupport

/// A line that the probe takes.
///
///     {"tables": [{"name": "t", "time": "time", "series": "symbol", "columns": [["time", "timestamp"], …],
///                  "rows": [[1723075200000000000, …], …]}], "seed": 7}
///     {"query": "SELECT count() FROM t", "setup": 3}
///
/// Rows come in order of arrival. Timestamps are nanoseconds; doubles that JSON does not know are the texts `NaN`,
/// `Infinity` and `-Infinity`. `setup` numbers the ways in which an execution can be set up; without it, the plainest.
enum ProbeRequest {
    case tables([MemoryTable], seed: UInt64)
    case query(String, setup: Int?)

    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    init(_ line: String) throws {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        if let query = object["query"] as? String {
            self = .query(query, setup: (object["setup"] as? NSNumber)?.intValue)
        } else if let tables = object["tables"] as? [[String: Any]] {
            self = .tables(try tables.map(Self.table), seed: (object["seed"] as? NSNumber)?.uint64Value ?? 0)
        } else {
            throw Malformed(description: "neither a query nor tables")
        }
    }

    private static func table(_ object: [String: Any]) throws -> MemoryTable {
        let columns = (object["columns"] as? [[String]] ?? []).compactMap { parts -> Column? in
            guard parts.count == 2, let type = ColumnType.allCases.first(where: { $0.name == parts[1] }) else {
                return nil
            }
            return Column(parts[0], type)
        }
        let schema = TableSchema(
            name: object["name"] as? String ?? "",
            kind: .event,
            columns: columns,
            time: object["time"] as? String ?? "time",
            series: object["series"] as? String
        )
        guard let schema else { throw Malformed(description: "no table can have these columns") }
        let rows = object["rows"] as? [[Any]] ?? []
        return MemoryTable(
            schema,
            rows: try rows.map { row in
                guard row.count == columns.count else { throw Malformed(description: "a row of \(row.count) values") }
                return try zip(row, columns).map { try scalar($0, $1.type) }
            }
        )
    }

    private static func scalar(_ value: Any, _ type: ColumnType) throws -> Scalar {
        if value is NSNull { return .null }
        switch (type, value) {
        case (.boolean, let value as NSNumber): return .boolean(value.boolValue)
        case (.int64, let value as NSNumber): return .int64(value.int64Value)
        case (.timestamp, let value as NSNumber): return .timestamp(value.int64Value)
        case (.float64, let value as NSNumber): return .float64(value.doubleValue)
        case (.float64, "NaN" as String): return .float64(.nan)
        case (.float64, "Infinity" as String): return .float64(.infinity)
        case (.float64, "-Infinity" as String): return .float64(-.infinity)
        case (.symbol, let value as String), (.string, let value as String): return .text(value)
        default: throw Malformed(description: "\(value) is no \(type.name)")
        }
    }
}
