public import QueryLang

/// Writes an answer: ``begin(into:)``, then ``write(_:into:)`` for each batch, then either ``end(_:into:)`` or
/// ``fail(_:into:)``.
///
/// After a failure the text is visibly incomplete: JSON stays open, NDJSON has an `error` line and no `end` line. CSV has
/// no way to say so, so a transport must cut it off (HTTP: no last chunk); an Arrow stream lacks its end besides.
///
/// NaN and infinities are `null` in JSON and NDJSON, which have no words for them, and `NaN`, `Infinity`, `-Infinity` in
/// CSV. Null is `null`, or an empty field of CSV, where the empty text is `""`. Timestamps are ISO 8601 in UTC. Decimals
/// print as their nearest double does, see ``NumberText``. An Arrow stream holds all values as they are, decimals as their
/// nearest doubles, and so does MessagePack, which has an `error` object of a failure and no `end`.
public struct ResultWriter {
    private enum Writer {
        case json(JSONResultWriter)
        case ndjson(NDJSONResultWriter)
        case csv(CSVResultWriter)
        case table(TableResultWriter)
        case arrow(ArrowResultWriter)
        case msgpack(MessagePackResultWriter)
        case questDB(QuestDBResultWriter)
    }

    private let writer: Writer

    /// Creates a writer of one answer.
    public init(format: ResultFormat, columns: [ResultColumn]) {
        switch format {
        case .json: writer = .json(JSONResultWriter(columns))
        case .ndjson: writer = .ndjson(NDJSONResultWriter(columns))
        case .csv: writer = .csv(CSVResultWriter(columns))
        case .table: writer = .table(TableResultWriter(columns))
        case .arrow: writer = .arrow(ArrowResultWriter(columns))
        case .msgpack: writer = .msgpack(MessagePackResultWriter(columns))
        }
    }

    /// Creates a writer of one answer in a form of QuestDB's.
    ///
    /// - Parameters:
    ///   - form: which, and what of it.
    ///   - columns: the answer's columns.
    ///   - timestampColumn: the one that is its designated timestamp; nil for none.
    public init(_ form: QuestDBForm, columns: [ResultColumn], timestampColumn: Int?) {
        writer = .questDB(QuestDBResultWriter(form, columns: columns, timestampColumn: timestampColumn))
    }

    /// Appends what comes before the first row.
    public mutating func begin(into bytes: inout [UInt8]) {
        switch writer {
        case .json(let writer): writer.begin(into: &bytes)
        case .csv(let writer): writer.begin(into: &bytes)
        case .arrow(let writer): writer.begin(into: &bytes)
        case .msgpack(let writer): writer.begin(into: &bytes)
        case .questDB(let writer): writer.begin(into: &bytes)
        case .ndjson, .table: break
        }
    }

    /// Appends rows.
    public mutating func write(_ batch: RecordBatch, into bytes: inout [UInt8]) {
        switch writer {
        case .json(let writer): writer.write(batch, into: &bytes)
        case .ndjson(let writer): writer.write(batch, into: &bytes)
        case .csv(let writer): writer.write(batch, into: &bytes)
        case .table(let writer): writer.write(batch)
        case .arrow(let writer): writer.write(batch, into: &bytes)
        case .msgpack(let writer): writer.write(batch, into: &bytes)
        case .questDB(let writer): writer.write(batch, into: &bytes)
        }
    }

    /// Appends what comes after the last row.
    public mutating func end(_ statistics: QueryStatistics, into bytes: inout [UInt8]) {
        switch writer {
        case .json(let writer): writer.end(statistics, into: &bytes)
        case .ndjson(let writer): writer.end(statistics, into: &bytes)
        case .csv: break
        case .table(let writer): writer.end(statistics, into: &bytes)
        case .arrow(let writer): writer.end(into: &bytes)
        case .msgpack(let writer): writer.end(statistics, into: &bytes)
        case .questDB(let writer): writer.end(statistics, into: &bytes)
        }
    }

    /// Appends what can be said about a failure after rows were written.
    public mutating func fail(_ error: QueryError, into bytes: inout [UInt8]) {
        switch writer {
        case .json, .csv, .arrow, .questDB: break
        case .msgpack(let writer): writer.fail(error, into: &bytes)
        case .ndjson(let writer): writer.fail(error, into: &bytes)
        case .table(let writer): writer.fail(error, into: &bytes)
        }
    }
}
