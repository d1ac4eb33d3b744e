internal import Documents

/// From the parameters of calls to what the service takes.
enum RPCParameters {
    /// Why parameters are none.
    struct Invalid: Error {
        var message: String
    }

    /// The maps in `requests`.
    static func requests(_ parameters: DocumentValue) throws(Invalid) -> [DocumentValue] {
        guard let list = parameters.member("requests") else { return [] }
        guard case .array(let requests) = list else { throw Invalid(message: "requests must be a list") }
        for (index, request) in requests.enumerated() {
            guard case .object = request else { throw Invalid(message: "requests[\(index)] must be a map") }
        }
        return requests
    }

    // MARK: Query

    static func query(_ request: DocumentValue) throws(Invalid) -> DataQuery {
        var query = DataQuery()
        query.destination = try text(request, "destination") ?? ""
        query.keyCategory = try text(request, "keycategory").flatMap { $0.isEmpty ? nil : $0 }
        query.epochStart = try integer(request, "epochstart")
        query.epochStartNanos = try integer(request, "epochstartnanos")
        query.epochEnd = try integer(request, "epochend")
        query.epochEndNanos = try integer(request, "epochendnanos")
        query.limit = try integer(request, "limitrecordcount")
        query.isLimitFromStart = try flag(request, "limitfromstart") ?? false
        // An empty list is what clients send that want all.
        query.columns = try texts(request, "columns").flatMap { $0.isEmpty ? nil : $0 }
        query.functions = try texts(request, "functions") ?? []
        if try flag(request, "issqlstatement") ?? false { query.sql = try text(request, "sqlstatement") ?? "" }
        return query
    }

    // MARK: Write

    /// - Parameter codec: JSON carries bytes as base64; an old encoder of MessagePack as text.
    static func write(_ request: DocumentValue, _ codec: RPCCodec) throws(Invalid) -> DataWrite {
        guard let dataset = request.member("dataset", "data") else { throw Invalid(message: "a write has no dataset") }
        let names = try texts(dataset, "names", "columnnames") ?? []
        let types = try texts(dataset, "types", "columntypes") ?? []
        var data: [DocumentValue] = []
        if let list = dataset.member("data", "columndata") {
            guard case .array(let values) = list else { throw Invalid(message: "the data of a dataset must be a list") }
            data = values
        }
        guard names.count == types.count, names.count == data.count else {
            throw Invalid(
                message: "a dataset has \(names.count) names, \(types.count) types and \(data.count) columns of data"
            )
        }
        var columns: [Dataset.Column] = []
        for index in names.indices {
            guard let bytes = bytes(data[index], codec) else {
                throw Invalid(message: "the data of column '\(names[index])' is no bytes")
            }
            columns.append(Dataset.Column(name: names[index], type: types[index], bytes: bytes))
        }
        guard let length = try integer(dataset, "length").flatMap({ Int(exactly: $0) }) else {
            throw Invalid(message: "a dataset has no length")
        }
        return DataWrite(
            dataset: Dataset(columns: columns, rowCount: length, spans: try spans(dataset)),
            isVariable: try flag(request, "isvariablelength") ?? false
        )
    }

    /// The rows of each bucket. A key that only one of the two maps has gets rows that no dataset has.
    private static func spans(_ dataset: DocumentValue) throws(Invalid) -> [Dataset.Span] {
        let starts = try counts(dataset, "startindex")
        let lengths = try counts(dataset, "lengths")
        // Clients send both maps in the same order.
        if starts.count == lengths.count, zip(starts, lengths).allSatisfy({ $0.key == $1.key }) {
            let ascend = zip(starts, starts.dropFirst()).allSatisfy { $0.key < $1.key }
            if ascend || Set(starts.lazy.map(\.key)).count == starts.count {
                return zip(starts, lengths).map { Dataset.Span(key: $0.key, start: $0.count, count: $1.count) }
            }
        }
        var byKey: [String: Int] = [:]
        for (key, length) in lengths { byKey[key] = length }
        var spans: [Dataset.Span] = []
        spans.reserveCapacity(starts.count)
        for (key, start) in starts {
            spans.append(Dataset.Span(key: key, start: start, count: byKey.removeValue(forKey: key) ?? -1))
        }
        for key in byKey.keys.sorted() { spans.append(Dataset.Span(key: key, start: -1, count: byKey[key] ?? -1)) }
        return spans
    }

    private static func counts(_ dataset: DocumentValue, _ name: String) throws(Invalid) -> [(key: String, count: Int)]
    {
        guard case .object(let members) = dataset.member(name) ?? .object([]) else {
            throw Invalid(message: "\(name) must be a map from keys to numbers")
        }
        var counts: [(key: String, count: Int)] = []
        counts.reserveCapacity(members.count)
        for member in members {
            guard case .integer(let count) = member.value else {
                throw Invalid(message: "\(name) of \"\(member.key)\" must be a number")
            }
            counts.append((member.key, Int(clamping: count)))
        }
        return counts
    }

    private static func bytes(_ value: DocumentValue, _ codec: RPCCodec) -> [UInt8]? {
        switch value {
        case .binary(let bytes): Array(bytes)
        case .string(let text): codec == .json ? Base64.bytes(of: text) : Array(text.utf8)
        case .null: []
        case .boolean, .integer, .number, .timestamp, .array, .object: nil
        }
    }

    // MARK: Others

    static func creation(_ request: DocumentValue) throws(Invalid) -> BucketCreation {
        var isVariable = try flag(request, "isvariablelength") ?? false
        switch try text(request, "rowtype") {
        case nil, "", "fixed": break
        case "variable": isVariable = true
        case .some(let other): throw Invalid(message: "record type \"\(other)\" must be one of fixed or variable")
        }
        return BucketCreation(
            key: try text(request, "key") ?? "",
            names: try texts(request, "columnnames") ?? [],
            types: try texts(request, "columntypes") ?? [],
            isVariable: isVariable
        )
    }

    static func key(_ request: DocumentValue) throws(Invalid) -> String { try text(request, "key") ?? "" }

    static func listFormat(_ parameters: DocumentValue) -> ListFormat {
        parameters.member("format")?.string == "tbk" ? .bucketKey : .symbol
    }

    // MARK: Values

    private static func text(_ request: DocumentValue, _ name: String) throws(Invalid) -> String? {
        guard let value = request.member(name) else { return nil }
        guard let text = value.string else { throw Invalid(name, "text") }
        return text
    }

    private static func flag(_ request: DocumentValue, _ name: String) throws(Invalid) -> Bool? {
        guard let value = request.member(name) else { return nil }
        guard case .boolean(let flag) = value else { throw Invalid(name, "true or false") }
        return flag
    }

    private static func integer(_ request: DocumentValue, _ name: String) throws(Invalid) -> Int64? {
        switch request.member(name) {
        case nil: return nil
        case .integer(let number): return number
        case .number(let number):
            guard let whole = Int64(exactly: number) else { throw Invalid(name, "a whole number") }
            return whole
        case .null, .boolean, .string, .binary, .timestamp, .array, .object:
            throw Invalid(name, "a whole number of 64 bits")
        }
    }

    private static func texts(_ request: DocumentValue, _ names: String...) throws(Invalid) -> [String]? {
        guard let value = names.lazy.compactMap({ request.member($0) }).first else { return nil }
        guard case .array(let values) = value else { throw Invalid(names[0], "a list of texts") }
        var texts: [String] = []
        for value in values {
            guard let text = value.string else { throw Invalid(names[0], "a list of texts") }
            texts.append(text)
        }
        return texts
    }
}
