public import Documents

/// The calls of `DataService` as a client sends them over `POST /rpc`, and what the answers say; MessagePack.
public enum RPCClientMessages {
    // MARK: Calls

    /// `DataService.Query`.
    public static func query(_ queries: [DataQuery]) -> [[UInt8]] {
        call("DataService.Query", count: queries.count) { writer, index in
            write(queries[index], to: &writer)
        }
    }

    /// `DataService.Write`.
    public static func write(_ writes: [DataWrite]) -> [[UInt8]] {
        call("DataService.Write", count: writes.count) { writer, index in
            writer.beginObject(2)
            writer.key("dataset")
            write(writes[index].dataset, to: &writer)
            writer.key("is_variable_length")
            writer.value(writes[index].isVariable)
            writer.endObject()
        }
    }

    /// `DataService.Create`.
    public static func create(_ creations: [BucketCreation]) -> [[UInt8]] {
        call("DataService.Create", count: creations.count) { writer, index in
            let creation = creations[index]
            writer.beginObject(4)
            writer.key("key")
            writer.value(creation.key)
            writer.key("column_names")
            write(creation.names, to: &writer)
            writer.key("column_types")
            write(creation.types, to: &writer)
            writer.key("is_variable_length")
            writer.value(creation.isVariable)
            writer.endObject()
        }
    }

    /// `DataService.Destroy` and `DataService.GetInfo`, which take keys.
    public static func keys(_ method: String, _ keys: [String]) -> [[UInt8]] {
        call("DataService.\(method)", count: keys.count) { writer, index in
            writer.beginObject(1)
            writer.key("key")
            writer.value(keys[index])
            writer.endObject()
        }
    }

    /// `DataService.ListSymbols`.
    public static func list(_ format: ListFormat) -> [[UInt8]] {
        var writer = begin("DataService.ListSymbols")
        writer.beginObject(1)
        writer.key("format")
        writer.value(format == .symbol ? "symbol" : "tbk")
        writer.endObject()
        writer.endObject()
        return writer.finish()
    }

    private static func begin(_ method: String) -> RPCWriter {
        var writer = RPCWriter(.messagePack)
        writer.beginObject(4)
        writer.key("method")
        writer.value(method)
        writer.key("id")
        writer.value("1")
        writer.key("jsonrpc")
        writer.value("2.0")
        writer.key("params")
        return writer
    }

    private static func call(_ method: String, count: Int, _ body: (inout RPCWriter, Int) -> Void) -> [[UInt8]] {
        var writer = begin(method)
        writer.beginObject(1)
        writer.key("requests")
        writer.beginArray(count)
        for index in 0..<count { body(&writer, index) }
        writer.endArray()
        writer.endObject()
        writer.endObject()
        return writer.finish()
    }

    private static func write(_ texts: [String], to writer: inout RPCWriter) {
        writer.beginArray(texts.count)
        for text in texts { writer.value(text) }
        writer.endArray()
    }

    private static func write(_ query: DataQuery, to writer: inout RPCWriter) {
        let numbers: [(String, Int64?)] = [
            ("epoch_start", query.epochStart), ("epoch_start_nanos", query.epochStartNanos),
            ("epoch_end", query.epochEnd), ("epoch_end_nanos", query.epochEndNanos),
            ("limit_record_count", query.limit),
        ]
        let given = numbers.filter { $0.1 != nil }
        let lists = [("columns", query.columns ?? []), ("functions", query.functions)].filter { !$0.1.isEmpty }
        writer.beginObject(2 + (query.sql == nil ? 0 : 2) + given.count + lists.count)
        writer.key("destination")
        writer.value(query.destination)
        writer.key("limit_from_start")
        writer.value(query.isLimitFromStart)
        if let sql = query.sql {
            writer.key("is_sqlstatement")
            writer.value(true)
            writer.key("sql_statement")
            writer.value(sql)
        }
        for (name, number) in given {
            writer.key(name)
            writer.value(number ?? 0)
        }
        for (name, list) in lists {
            writer.key(name)
            write(list, to: &writer)
        }
        writer.endObject()
    }

    private static func write(_ dataset: Dataset, to writer: inout RPCWriter) {
        writer.beginObject(6)
        writer.key("types")
        write(dataset.columns.map(\.type), to: &writer)
        writer.key("names")
        write(dataset.columns.map(\.name), to: &writer)
        writer.key("data")
        writer.beginArray(dataset.columns.count)
        for column in dataset.columns { writer.value(column.bytes) }
        writer.endArray()
        writer.key("length")
        writer.value(Int64(dataset.rowCount))
        writer.key("startindex")
        write(dataset.spans.map { ($0.key, $0.start) }, to: &writer)
        writer.key("lengths")
        write(dataset.spans.map { ($0.key, $0.count) }, to: &writer)
        writer.endObject()
    }

    private static func write(_ numbers: [(String, Int)], to writer: inout RPCWriter) {
        writer.beginObject(numbers.count)
        for (name, number) in numbers {
            writer.key(name)
            writer.value(Int64(number))
        }
        writer.endObject()
    }

    // MARK: Answers

    /// The `result` of an answer; throws its error, or that it is no answer.
    public static func result(_ bytes: [UInt8]) throws(DataServiceError) -> DocumentValue {
        let answer: DocumentValue
        do throws(DocumentError) {
            answer = try MessagePackReader.value(of: bytes)
        } catch {
            throw DataServiceError("the answer is no MessagePack, at byte \(error.offset)")
        }
        if let error = answer.member("error") {
            throw DataServiceError(error.member("message")?.string ?? error.string ?? "the call failed")
        }
        return answer.member("result") ?? .null
    }

    /// The datasets of a query's result.
    public static func datasets(_ result: DocumentValue) throws(DataServiceError) -> [Dataset] {
        var datasets: [Dataset] = []
        for response in list(result.member("responses")) {
            datasets.append(try dataset(response.member("result") ?? .null))
        }
        return datasets
    }

    /// The errors of a write's, creation's or destruction's result.
    public static func errors(_ result: DocumentValue) -> [String] {
        list(result.member("responses")).compactMap { response in
            response.member("error")?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    /// What `DataService.GetInfo` tells of the first key: columns with their types, whether it is variable; nil if there is
    /// no such bucket.
    public static func bucket(_ result: DocumentValue, key: BucketKey) -> Bucket? {
        guard let first = list(result.member("responses")).first else { return nil }
        if let error = first.member("serverresp")?.member("error")?.string, !error.isEmpty { return nil }
        var columns: [Bucket.Column] = []
        for column in list(first.member("dsv")) {
            guard let name = column.member("name")?.string, case .integer(let number)? = column.member("type"),
                let type = UInt8(exactly: number).flatMap(ElementType.wireType)
            else { return nil }
            if name != "Epoch" { columns.append(Bucket.Column(name: name, type: type)) }
        }
        guard case .integer(let kind)? = first.member("recordtype") else { return nil }
        return Bucket(key: key, columns: columns, isVariable: kind == 1, table: "\(key.timeframe)/\(key.attribute)")
    }

    /// A text of a result, such as its `timezone`.
    public static func text(_ result: DocumentValue, _ name: String) -> String? { result.member(name)?.string }

    /// The names of a `ListSymbols` result.
    public static func names(_ result: DocumentValue) -> [String] {
        list(result.member("results")).compactMap(\.string).sorted()
    }

    private static func list(_ value: DocumentValue?) -> [DocumentValue] {
        if case .array(let values)? = value { return values }
        return []
    }

    private static func dataset(_ value: DocumentValue) throws(DataServiceError) -> Dataset {
        let names = list(value.member("names")).compactMap(\.string)
        let types = list(value.member("types")).compactMap(\.string)
        let data = list(value.member("data"))
        guard names.count == types.count, names.count == data.count else {
            throw DataServiceError("an answer has \(names.count) names, \(types.count) types and \(data.count) columns")
        }
        var dataset = Dataset()
        for (index, column) in data.enumerated() {
            guard case .binary(let bytes) = column else { throw DataServiceError("a column of an answer is no bytes") }
            dataset.columns.append(.init(name: names[index], type: types[index], bytes: Array(bytes)))
        }
        if case .integer(let count)? = value.member("length") { dataset.rowCount = Int(clamping: count) }
        guard case .object(let starts)? = value.member("startindex"),
            case .object(let counts)? = value.member("lengths")
        else { return dataset }
        for start in starts {
            guard case .integer(let first) = start.value,
                case .integer(let count)? = counts.first(where: { $0.key == start.key })?.value
            else { continue }
            dataset.spans.append(.init(key: start.key, start: Int(clamping: first), count: Int(clamping: count)))
        }
        return dataset
    }
}
