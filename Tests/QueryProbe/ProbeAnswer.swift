import Columnar
import Foundation
import QueryLang
import QuerySupport

/// A line that the probe gives: `{"columns": [[name, type], …], "rows": [[…], …]}` or `{"error": code, "message": text}`.
/// Doubles are the shortest text that reads back as the same double.
enum ProbeAnswer {
    static func text(_ answer: EngineAnswer) -> String {
        let columns = answer.columns.map { "[\(quoted($0.name)),\(quoted($0.type.name))]" }
        let rows = answer.rows.map { "[" + $0.map(text).joined(separator: ",") + "]" }
        return "{\"columns\":[\(columns.joined(separator: ","))],\"rows\":[\(rows.joined(separator: ","))]}"
    }

    static func text(error code: String, _ message: String) -> String {
        "{\"error\":\(quoted(code)),\"message\":\(quoted(message))}"
    }

    private static func text(_ value: Scalar) -> String {
        switch value {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .int64(let value), .timestamp(let value): "\(value)"
        case .float64(let value):
            if value.isNaN {
                "\"NaN\""
            } else if value.isInfinite {
                value > 0 ? "\"Infinity\"" : "\"-Infinity\""
            } else {
                "\(value)"
            }
        case .text(let text): quoted(text)
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 32: quoted += "\\u" + String(format: "%04x", scalar.value)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
