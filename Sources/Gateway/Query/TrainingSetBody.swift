internal import Columnar
internal import Documents
internal import Engine
internal import NIOCore
internal import Wire

/// The body of a request for a training set: entities as JSON or CSV.
enum TrainingSetBody {
    /// A million entities with a label are about so long.
    static let bytesMax = 64 << 20

    private static let parameters = ["features", "format", "statuses", "timeout_ms"]

    /// Values of the entities as an array of objects, with those that are missing: a body of ``bytesMax`` has no more.
    private static let valuesMax = 16_000_000

    /// What a request asks for.
    ///
    /// - Parameter id: the name that the request gives to its query, as soon as it is known; nil if it gives none.
    static func query(_ request: HTTPRequest, _ id: inout QueryID?) throws(ProblemError) -> QueryRequest {
        id = try QueryID.asked(by: request, inBody: nil)
        for parameter in request.query where !parameters.contains(parameter.name) {
            throw bad(
                "there is no parameter '\(parameter.name.prefix(40))'",
                hint: NearestSymbol.hint(for: parameter.name, among: parameters)
                    ?? "known are \(parameters.joined(separator: ", "))"
            )
        }
        let type =
            (request.fields["Content-Type"] ?? "application/json").split(separator: ";").first.map {
                $0.lowercased()
            } ?? ""
        let bytes = Array(request.body.readableBytesView)
        var set: TrainingSetRequest
        var format = request.parameter("format")
        switch type {
        // The second is what `curl -d` says of any body.
        case "application/json", "application/x-www-form-urlencoded":
            let document = try document(bytes)
            id = try QueryID.asked(by: request, inBody: document[QueryID.member]?.string)
            set = try json(document, &format)
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

    private static func document(_ bytes: [UInt8]) throws(ProblemError) -> DocumentValue {
        do {
            return try JSONReader.value(of: bytes)
        } catch {
            throw QueryRequest.bad("bad_json", "\(error.message), at byte \(error.offset) of the body", hint: example)
        }
    }

    private static func json(
        _ document: DocumentValue,
        _ format: inout String?
    ) throws(ProblemError) -> TrainingSetRequest {
        guard case .object(let members) = document else { throw bad("the body must be an object", hint: example) }
        let known = ["features", "entities", "format", "statuses", QueryID.member]
        for name in members.map(\.key) where !known.contains(name) {
            throw bad(
                "the member \"\(name.prefix(40))\" is unknown",
                hint: NearestSymbol.hint(for: name, among: known) ?? "known are \(known.joined(separator: ", "))"
            )
        }
        var features: [String] = []
        if let given = document["features"] {
            guard let names = given.strings else {
                throw bad("\"features\" must be an array of texts", hint: example)
            }
            features = names
        }
        var hasStatuses = true
        if let given = document["statuses"] {
            guard let flag = given.boolean else { throw bad("\"statuses\" must be true or false") }
            hasStatuses = flag
        }
        if let given = document["format"] {
            guard let name = given.string else { throw bad("\"format\" must be a text", hint: "for example \"csv\"") }
            format = name
        }
        guard let entities = document["entities"] else {
            throw bad("the member \"entities\" is missing", hint: example)
        }
        var columns = try columns(entities)
        guard let symbols = columns.removeValue(forKey: "symbol"), let times = columns.removeValue(forKey: "time")
        else {
            throw bad("the entities need the columns \"symbol\" and \"time\"", hint: example)
        }
        var set = TrainingSetRequest(
            features: features,
            symbols: try symbols.enumerated().map { row, value throws(ProblemError) in
                guard let symbol = value.string else { throw bad("symbol \(row) of the entities is no text") }
                return symbol
            },
            times: try times.enumerated().map { row, value throws(ProblemError) in
                try time(value, row)
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
                case .binary, .timestamp, .array, .object:
                    throw bad("the values of \"\(name.prefix(40))\" must be plain")
                }
            }
            set.labels.append(TrainingSetRequest.Label(name: name, values: scalars))
        }
        set.hasStatuses = hasStatuses
        return set
    }

    /// Entities by column, from an object of arrays or an array of objects.
    private static func columns(_ entities: DocumentValue) throws(ProblemError) -> [String: [DocumentValue]] {
        switch entities {
        case .object(let members):
            var columns: [String: [DocumentValue]] = [:]
            for member in members {
                guard let values = member.value.array else {
                    throw bad("\"\(member.key.prefix(40))\" of the entities is no array")
                }
                columns[member.key] = values
            }
            let counts = columns.sorted { $0.key < $1.key }.map { (name: $0.key.prefix(40), count: $0.value.count) }
            if let first = counts.first, let other = counts.first(where: { $0.count != first.count }) {
                throw bad(
                    "the columns of the entities are of different lengths: \(first.name) has \(first.count) values,"
                        + " \(other.name) has \(other.count)"
                )
            }
            return columns
        case .array(let rows):
            var columns: [String: [DocumentValue]] = rows.isEmpty ? ["symbol": [], "time": []] : [:]
            for (index, row) in rows.enumerated() {
                guard case .object(let members) = row else { throw bad("entity \(index) is no object") }
                for member in members {
                    // Taken out, so that nobody else has it and it grows in place; of two with one name the last counts.
                    var values: [DocumentValue] = []
                    if let place = columns.index(forKey: member.key) {
                        values = columns.remove(at: place).value
                    } else {
                        try checkRoom(columns.count + 1, rows.count)
                    }
                    if values.count < index {
                        values += repeatElement(DocumentValue.null, count: index - values.count)
                    }
                    if values.count > index { values.removeLast() }
                    values.append(member.value)
                    columns[member.key] = values
                }
            }
            for name in Array(columns.keys) {
                let missing = rows.count - columns[name, default: []].count
                if missing > 0 { columns[name, default: []] += repeatElement(DocumentValue.null, count: missing) }
            }
            return columns
        default: throw bad("\"entities\" must be an object of arrays, or an array of objects", hint: example)
        }
    }

    /// Refuses columns that would have too many values, most of them missing, before they are made.
    private static func checkRoom(_ columnCount: Int, _ rowCount: Int) throws(ProblemError) {
        let labelsMax = TrainingSetRequest.columnsMax
        guard columnCount <= labelsMax + 2 else { throw bad("more than \(labelsMax) labels") }
        guard columnCount * rowCount <= valuesMax else {
            throw bad(
                "the entities have more than \(valuesMax) values, with those that are missing",
                hint: "send fewer at once"
            )
        }
    }

    private static func time(_ value: DocumentValue, _ row: Int) throws(ProblemError) -> Int64 {
        switch value {
        case .integer(let number): return try time(number, row)
        case .timestamp(let time): return time
        case .string(let text): return try time(text, row)
        case .number(let number): throw noTime("\(number)", row)
        case .null: throw noTime("null", row)
        case .boolean, .binary, .array, .object: throw noTime("", row)
        }
    }

    /// A time as text, or as nanoseconds since the Unix epoch.
    static func time(_ text: String, _ row: Int) throws(ProblemError) -> Int64 {
        // Four digits are a year.
        if text.utf8.count > 4, let number = Int64(text) { return try time(number, row) }
        if let interval = CivilTime.interval(text) { return interval.start }
        throw noTime("'\(text.prefix(40))'", row)
    }

    /// Numbers below are times of early 1970, if they are nanoseconds. Nobody has data of then, but many libraries write
    /// milliseconds.
    private static let nanosecondsMin: Int64 = 10_000_000_000_000_000

    private static func time(_ number: Int64, _ row: Int) throws(ProblemError) -> Int64 {
        guard number.magnitude < nanosecondsMin.magnitude else { return number }
        let unit =
            switch number.magnitude {
            case ..<100_000_000_000: "seconds, times 1,000,000,000"
            case ..<100_000_000_000_000: "milliseconds, times 1,000,000"
            default: "microseconds, times 1,000"
            }
        throw bad(
            "the time of entity \(row), \(number), is in 1970 if it is nanoseconds",
            hint: "send \(unit), or write it like \"2024-08-08T23:55:00Z\""
        )
    }

    private static func noTime(_ text: String, _ row: Int) -> ProblemError {
        bad(
            "the time of entity \(row)\(text.isEmpty ? "" : ", \(text),") is none",
            hint: "write it like \"2024-08-08T23:55:00Z\", or as nanoseconds since 1970"
        )
    }
}

/// Entities as CSV (RFC 4180): a header with `symbol` and `time`, then a line each.
private struct TrainingSetTable {
    let request: TrainingSetRequest

    init(_ bytes: [UInt8]) throws(ProblemError) {
        // Spreadsheets begin a file with a mark of its encoding.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var records = try Self.records(bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes)[...]
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
            times.append(try TrainingSetBody.time(record[time], row))
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
