/// Results of the methods, in MarketStore's form.
enum RPCResults {
    private static let responses = RPCWriter.Name("responses", "Responses")
    private static let version = RPCWriter.Name("version", "Version")
    private static let error = RPCWriter.Name("error", "Error")

    // MARK: Query

    static func write(_ answers: [Dataset], version: String, timezone: String, _ writer: inout RPCWriter) {
        writer.beginObject(3)
        writer.key(responses)
        if answers.isEmpty {
            writer.null()
        } else {
            writer.beginArray(answers.count)
            for answer in answers {
                writer.beginObject(1)
                writer.key(RPCWriter.Name("result", "Result"))
                write(answer, &writer)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.key(Self.version)
        writer.value(version)
        writer.key(RPCWriter.Name("timezone", "Timezone"))
        writer.value(timezone)
        writer.endObject()
    }

    private static func write(_ dataset: Dataset, _ writer: inout RPCWriter) {
        writer.beginObject(6)
        list(RPCWriter.Name("types", "ColumnTypes"), dataset.columns, &writer) { $1.value($0.type) }
        list(RPCWriter.Name("names", "ColumnNames"), dataset.columns, &writer) { $1.value($0.name) }
        list(RPCWriter.Name("data", "ColumnData"), dataset.columns, &writer) { $1.value($0.bytes) }
        writer.key(RPCWriter.Name("length", "Length"))
        writer.value(Int64(dataset.rowCount))
        writer.key(RPCWriter.Name("startindex", "StartIndex"))
        writer.beginObject(dataset.spans.count)
        for span in dataset.spans {
            writer.key(span.key)
            writer.value(Int64(span.start))
        }
        writer.endObject()
        writer.key(RPCWriter.Name("lengths", "Lengths"))
        writer.beginObject(dataset.spans.count)
        for span in dataset.spans {
            writer.key(span.key)
            writer.value(Int64(span.count))
        }
        writer.endObject()
        writer.endObject()
    }

    private static func list<Value>(
        _ name: RPCWriter.Name,
        _ values: [Value],
        _ writer: inout RPCWriter,
        _ write: (Value, inout RPCWriter) -> Void
    ) {
        writer.key(name)
        writer.beginArray(values.count)
        for value in values { write(value, &writer) }
        writer.endArray()
    }

    // MARK: Write, Create, Destroy

    /// One entry a request: why it failed, or an empty text. Nil stands for no list at all.
    static func write(_ errors: [DataServiceError?]?, version: String, _ writer: inout RPCWriter) {
        writer.beginObject(1)
        writer.key(responses)
        if let errors {
            writer.beginArray(errors.count)
            for error in errors { write(error?.message ?? "", version, &writer) }
            writer.endArray()
        } else {
            writer.null()
        }
        writer.endObject()
    }

    private static func write(_ message: String, _ version: String, _ writer: inout RPCWriter) {
        writer.beginObject(2)
        writer.key(error)
        writer.value(message)
        writer.key(Self.version)
        writer.value(version)
        writer.endObject()
    }

    // MARK: ListSymbols, GetInfo

    static func write(names: [String], _ writer: inout RPCWriter) {
        writer.beginObject(1)
        list(RPCWriter.Name(both: "Results"), names, &writer) { $1.value($0) }
        writer.endObject()
    }

    /// Whether one of them is not known.
    static func write(
        _ information: [Result<BucketInfo, DataServiceError>],
        version: String,
        _ writer: inout RPCWriter
    ) -> Bool {
        var hasFailure = false
        writer.beginObject(1)
        writer.key(responses)
        writer.beginArray(information.count)
        for entry in information {
            switch entry {
            case .success(let info): write(info, "", version, &writer)
            case .failure(let error):
                hasFailure = true
                write(nil, error.message, version, &writer)
            }
        }
        writer.endArray()
        writer.endObject()
        return hasFailure
    }

    private static func write(_ info: BucketInfo?, _ error: String, _ version: String, _ writer: inout RPCWriter) {
        writer.beginObject(5)
        writer.key(RPCWriter.Name(both: "LatestYear"))
        writer.value(info?.latestYear ?? 0)
        writer.key(RPCWriter.Name(both: "TimeFrame"))
        writer.value(info?.timeframe ?? 0)
        writer.key(RPCWriter.Name(both: "DSV"))
        if let info {
            let columns = [Bucket.Column(name: "Epoch", type: .epoch)] + info.bucket.columns
            writer.beginArray(columns.count)
            for column in columns {
                writer.beginObject(2)
                writer.key(RPCWriter.Name(both: "Name"))
                writer.value(column.name)
                writer.key(RPCWriter.Name(both: "Type"))
                writer.value(column.type.number)
                writer.endObject()
            }
            writer.endArray()
        } else {
            writer.null()
        }
        writer.key(RPCWriter.Name(both: "RecordType"))
        writer.value(info?.bucket.isVariable == true ? Int64(1) : 0)
        writer.key(RPCWriter.Name(both: "ServerResp"))
        write(error, version, &writer)
        writer.endObject()
    }
}
