/// How an answer is written.
public enum ResultFormat: String, Sendable, Hashable, CaseIterable {
    /// One document: `{"columns":[…],"rows":[[…],…],"rows_count":n,"elapsed_us":n}`.
    case json
    /// RFC 4180: a header, then a line a row.
    case csv
    /// An object a line, and `{"end":{"rows":n,"elapsed_us":n}}` as the last.
    case ndjson
    /// Aligned columns, for terminals.
    case table

    /// The media type of the text.
    public var mediaType: String {
        switch self {
        case .json: "application/json"
        case .csv: "text/csv; charset=utf-8"
        case .ndjson: "application/x-ndjson"
        case .table: "text/plain; charset=utf-8"
        }
    }
}
