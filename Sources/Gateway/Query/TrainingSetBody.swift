internal import Columnar
internal import Engine
internal import NIOCore
internal import Wire

/// The body of a request for a training set: entities as JSON or CSV.
enum TrainingSetBody {
    /// A million entities with a label are about so long.
    static let bytesMax = 64 << 20

    /// What a request asks for.
    static func query(_ request: HTTPRequest) throws(ProblemError) -> QueryRequest {
        let type =
            (request.fields["Content-Type"] ?? "application/json").split(separator: ";").first.map {
                $0.lowercased()
            } ?? ""
        let bytes = Array(request.body.readableBytesView)
        var set: TrainingSetRequest
        var format = request.parameter("format")
        switch type {
        case "application/json": set = try json(bytes, &format)
        case "text/csv": set = try TrainingSetTable(bytes).request
        default:
            throw ProblemError(
                Problem(
                    .unsupportedMediaType,
                    "unsupported_media_type",
                    "a body of type \(type) is not understood",
                    hint: "send the entities as application/json or text/csv"
                )
            )
        }
        if let features = request.parameter("features") {
            set.features += features.split(separator: ",").map(String.init)
        }
        if let statuses = request.parameter("statuses") {
            set.hasStatuses = try QueryRequest.flag(statuses, "statuses")
        }
        let text = "training set of \(set.symbols.count) entities"
        var query = QueryRequest(text: text, format: try QueryRequest.format(request, asked: format))
        query.errorForm = QueryRequest.prefersText(request) ? .text : .problem
        query.timeoutNanoseconds = try QueryRequest.number(request.parameter("timeout_ms"), "timeout_ms").map {
            $0.multipliedReportingOverflow(by: 1_000_000).overflow ? .max : $0 * 1_000_000
        }
        query.trainingSet = set
        return query
    }

    private static func bad(_ detail: String, hint: String? = nil) -> ProblemError {
        ProblemError(Problem(.badRequest, "bad_training_set", detail, hint: hint))
    }

    private static let example =
        #"send {"features": ["micro:spread_bps"], "entities": {"symbol": ["BTC-USDT.BINANCE"], "time": ["2024-08-08T23:55:00Z"]}}"#

    private static func json(_ bytes: [UInt8], _ format: inout String?) throws(ProblemError) -> TrainingSetRequest {
        let document: JSONValue
        do {
            document = try JSONValue.parse(bytes)
        } catch {
            throw QueryRequest.bad("bad_json", "\(error.message), at byte \(error.offset) of the body", hint: example)
        }
        guard case .object(let members) = document else { throw bad("the body must be an object", hint: example) }
        for name in members.keys where !["features", "entities", "format", "statuses"].contains(name) {
            throw bad(
                "the member \"\(name.prefix(40))\" is unknown",
                hint: "known are features, entities, format, statuses"
            )
        }
        guard let entities = members["entities"] else { throw bad("the member \"entities\" is missing", hint: example) }
        var columns = try columns(entities)
        guard let symbols = columns.removeValue(forKey: "symbol"), let times = columns.removeValue(forKey: "time")
        else {
            throw bad("the entities need the columns \"symbol\" and \"time\"", hint: example)
        }
        var set = TrainingSetRequest(
            features: members["features"]?.strings ?? [],
            symbols: try symbols.enumerated().map { row, value throws(ProblemError) in
                guard let symbol = value.string else { throw bad("symbol \(row) of the entities is no text") }
                return symbol
            },
            times: try times.enumerated().map { row, value throws(ProblemError) in
                try time(value.string, value.integer, row)
            }
        )
        for (name, values) in columns.sorted(by: { $0.key < $1.key }) {
            let scalars = try values.map { value throws(ProblemError) -> Scalar in
                switch value {
                case .null: .null
                case .boolean(let flag): .boolean(flag)
                case .integer(let number): .int64(number)
                case .number(let number): .float64(number)
                case .string(let text): .text(text)
                case .array, .object: throw bad("the values of \"\(name.prefix(40))\" must be plain")
                }
            }
            set.labels.append(TrainingSetRequest.Label(name: name, values: scalars))
        }
        format = members["format"]?.string ?? format
        set.hasStatuses = members["statuses"]?.boolean ?? true
        return set
    }

    /// Entities by column, from an object of arrays or an array of objects.
    private static func columns(_ entities: JSONValue) throws(ProblemError) -> [String: [JSONValue]] {
        switch entities {
        case .object(let members):
            var columns: [String: [JSONValue]] = [:]
            for (name, value) in members {
                guard let values = value.array else { throw bad("\"\(name.prefix(40))\" of the entities is no array") }
                columns[name] = values
            }
            return columns
        case .array(let rows):
            var columns: [String: [JSONValue]] = [:]
            for (index, row) in rows.enumerated() {
                guard case .object(let members) = row else { throw bad("entity \(index) is no object") }
                for (name, value) in members {
                    var values = columns[name] ?? []
                    while values.count < index { values.append(.null) }
                    values.append(value)
                    columns[name] = values
                }
            }
            for name in Array(columns.keys) {
                while columns[name, default: []].count < rows.count { columns[name, default: []].append(.null) }
            }
            return columns
        default: throw bad("\"entities\" must be an object of arrays, or an array of objects", hint: example)
        }
    }

    /// A time as text or as nanoseconds since the Unix epoch.
    static func time(_ text: String?, _ number: Int64?, _ row: Int) throws(ProblemError) -> Int64 {
        if let number { return number }
        if let text, let number = Int64(text), text.utf8.count > 4 { return number }
        if let text, let interval = CivilTime.interval(text) { return interval.start }
        throw bad(
            "the time of entity \(row) is none",
            hint: "write it like \"2024-08-08T23:55:00Z\", or as nanoseconds since 1970"
        )
    }
}

/// Entities as CSV (RFC 4180): a header with `symbol` and `time`, then a line each.
private struct TrainingSetTable {
    let request: TrainingSetRequest

    init(_ bytes: [UInt8]) throws(ProblemError) {
        var records = try Self.records(bytes)[...]
        guard let header = records.popFirst(), let symbol = header.firstIndex(of: "symbol"),
            let time = header.firstIndex(of: "time")
        else { throw Self.bad("the first line must name the columns, symbol and time among them") }
        var symbols: [String] = []
        var times: [Int64] = []
        var labels = header.map { _ in [String]() }
        for (row, record) in records.enumerated() {
            guard record.count == header.count else {
                throw Self.bad("line \(row + 2) has \(record.count) fields, the header \(header.count)")
            }
            symbols.append(record[symbol])
            times.append(try TrainingSetBody.time(record[time], nil, row))
            for (column, field) in record.enumerated() { labels[column].append(field) }
        }
        var request = TrainingSetRequest(features: [], symbols: symbols, times: times)
        for (column, name) in header.enumerated() where column != symbol && column != time {
            request.labels.append(TrainingSetRequest.Label(name: name, values: Self.values(labels[column])))
        }
        self.request = request
    }

    private static func bad(_ detail: String) -> ProblemError {
        ProblemError(Problem(.badRequest, "bad_training_set", detail))
    }

    /// Integers if all are, else numbers if all are, else text; an empty field is null.
    private static func values(_ fields: [String]) -> [Scalar] {
        let present = fields.filter { !$0.isEmpty }
        if present.allSatisfy({ Int64($0) != nil }) {
            return fields.map { Int64($0).map { .int64($0) } ?? .null }
        }
        if present.allSatisfy({ Double($0) != nil }) {
            return fields.map { Double($0).map { .float64($0) } ?? .null }
        }
        return fields.map { $0.isEmpty ? .null : .text($0) }
    }

    private static func records(_ bytes: [UInt8]) throws(ProblemError) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var hasField = false
        var index = 0
        func text(_ field: [UInt8]) throws(ProblemError) -> String {
            guard let text = String(validating: field, as: UTF8.self) else { throw bad("the body must be UTF-8") }
            return text
        }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\"") where isQuoted:
                if index < bytes.count, bytes[index] == byte {
                    field.append(byte)
                    index += 1
                } else {
                    isQuoted = false
                }
            case UInt8(ascii: "\"") where field.isEmpty:
                isQuoted = true
                hasField = true
            case UInt8(ascii: ",") where !isQuoted:
                record.append(try text(field))
                field = []
                hasField = true
            case UInt8(ascii: "\r") where !isQuoted: continue
            case UInt8(ascii: "\n") where !isQuoted:
                if hasField || !field.isEmpty || !record.isEmpty {
                    record.append(try text(field))
                    records.append(record)
                }
                (record, field, hasField) = ([], [], false)
            default: field.append(byte)
            }
        }
        guard !isQuoted else { throw bad("a quoted field has no end") }
        if hasField || !field.isEmpty || !record.isEmpty {
            record.append(try text(field))
            records.append(record)
        }
        return records
    }
}
