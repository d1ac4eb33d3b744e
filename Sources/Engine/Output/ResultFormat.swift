/// How an answer is written.
public enum ResultFormat: String, Sendable, Hashable, CaseIterable {
    /// One document: `{"columns":[…],"rows":[[…],…],"rows_count":n,"elapsed_us":n,"stats":{…}}`.
    case json
    /// RFC 4180: a header, then a line a row.
    case csv
    /// An object a line, and `{"end":{"rows":n,"elapsed_us":n,"stats":{…}}}` as the last.
    case ndjson
    /// Aligned columns, for terminals.
    case table
    /// An Arrow IPC stream: no text, but columns as programs compute on them.
    case arrow
    /// A sequence of MessagePack objects: the columns, an array of rows for each batch, the end.
    case msgpack

    /// The format that a request calls so, in lower case; nil if none is.
    public init?(name: String) {
        switch name {
        case "arrows", "arrow_stream": self = .arrow
        case "messagepack": self = .msgpack
        default: self.init(rawValue: name)
        }
    }

    /// The media type of the answer.
    public var mediaType: String {
        switch self {
        case .json: "application/json"
        case .csv: "text/csv; charset=utf-8"
        case .ndjson: "application/x-ndjson"
        case .table: "text/plain; charset=utf-8"
        case .arrow: "application/vnd.apache.arrow.stream"
        case .msgpack: "application/msgpack"
        }
    }
}
