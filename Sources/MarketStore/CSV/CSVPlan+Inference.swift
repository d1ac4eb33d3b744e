public import Columnar

/// What is said about a CSV file; everything else is found out.
public struct CSVHints: Sendable, Hashable {
    /// `firstRowHasColumnNames`.
    public var hasHeader: Bool?
    /// `columnNameMap`: names by position, which stand in place of the header's; empty ones leave that.
    public var names: [String] = []
    /// `timeFormat`.
    public var form: CSVTimeForm?
    /// `timeZone`.
    public var zone = ZoneRules.utc
    /// Types of columns.
    public var types: [String: WireType] = [:]
    /// The columns of the bucket, if it is there.
    public var columns: [Bucket.Column]?
    /// The attribute of the bucket, which names its columns if nothing else does: `OHLCV`.
    public var attribute = ""

    /// Nothing is said.
    public init() {}
}

extension CSVPlan {
    private static let timeNames: Set<String> = [
        "epoch", "time", "timestamp", "datetime", "date_time", "date", "ts", "t", "open time", "open_time", "time_utc",
    ]
    private static let dateNames: Set<String> = ["epoch-date", "date", "day", "<date>", "<dtyyyymmdd>"]
    private static let clockNames: Set<String> = ["epoch-time", "time", "time of day", "<time>"]

    /// The delimiter of the first lines of a file: the one that cuts them into the most fields, of the same number each.
    public static func delimiter(of bytes: [UInt8]) -> UInt8 {
        var best: (delimiter: UInt8, fields: Int) = (UInt8(ascii: ","), 1)
        for delimiter in ",;\t|".utf8 {
            var counts: [Int] = []
            var records = CSVRecords(delimiter: delimiter)
            records.feed(bytes) { if case .success(let record) = $0, counts.count < 20 { counts.append(record.count) } }
            guard let first = counts.first, counts.allSatisfy({ $0 == first }), first > best.fields else { continue }
            best = (delimiter, first)
        }
        return best.delimiter
    }

    /// A plan for a file whose first records are these.
    public init(_ records: [CSVRecords.Record], _ hints: CSVHints) throws(Problem) {
        guard let first = records.first else { throw Problem(field: nil, message: "the file has no records") }
        let hasHeader = hints.hasHeader ?? (hints.names.isEmpty && Self.isHeader(first))
        guard hasHeader || hints.names.count <= first.count else {
            throw Problem(field: nil, message: "\(hints.names.count) names for \(first.count) fields")
        }
        let data = Array(records.dropFirst(hasHeader ? 1 : 0))
        var names = hasHeader ? (0..<first.count).map { Self.trimmed(first.text($0)) } : []
        names += Array(repeating: "", count: first.count - names.count)
        for (index, name) in hints.names.enumerated() where !name.isEmpty && index < names.count { names[index] = name }
        try self.init(names, data, hasHeader, hints)
    }

    private init(
        _ given: [String],
        _ data: [CSVRecords.Record],
        _ hasHeader: Bool,
        _ hints: CSVHints
    ) throws(Problem) {
        var names = given
        let (time, form) = try Self.time(names, data, hints)
        let timeFields: Set<Int> =
            switch time {
            case .whole(let field): [field]
            case .parts(let date, let clock): [date, clock]
            }
        let nanoseconds = names.firstIndex { $0.lowercased() == "nanoseconds" }
        let others = names.indices.filter { !timeFields.contains($0) && $0 != nanoseconds }
        if others.allSatisfy({ names[$0].isEmpty }) {
            let usual = Self.usualNames(others.count, hints)
            for (field, name) in zip(others, usual) { names[field] = name }
        }
        var (fields, columns): ([Int], [Bucket.Column]) = ([], [])
        if let known = hints.columns {
            for column in known {
                guard let field = others.first(where: { names[$0].lowercased() == column.name.lowercased() }) else {
                    throw Problem(
                        field: nil,
                        message: "no field for column '\(column.name)'; the file has \(names.joined(separator: ", "))"
                    )
                }
                fields.append(field)
                columns.append(column)
            }
        } else {
            for field in others where !names[field].isEmpty {
                let type = hints.types[names[field]] ?? Self.type(data.map { $0.field(field) })
                fields.append(field)
                columns.append(Bucket.Column(name: names[field], type: type))
            }
        }
        self.hasHeader = hasHeader
        self.time = time
        self.form = form
        self.zone = hints.zone
        self.nanoseconds = nanoseconds
        self.fields = fields
        self.bucketColumns = columns
        self.fieldCount = (fields + timeFields + (nanoseconds.map { [$0] } ?? [])).max().map { $0 + 1 } ?? 1
    }

    /// Whether a record is made of names: texts that are neither numbers nor times, no two the same.
    private static func isHeader(_ record: CSVRecords.Record) -> Bool {
        let texts = (0..<record.count).map { trimmed(record.text($0)) }
        return Set(texts).count == texts.count
            && texts.indices.allSatisfy { index in
                !texts[index].isEmpty && CSVValue.type(of: record.field(index)) == .string16
                    && CSVTimeForm.inferred(from: [record.field(index)], numbers: .never) == nil
            }
    }

    private static func time(
        _ names: [String],
        _ data: [CSVRecords.Record],
        _ hints: CSVHints
    ) throws(Problem) -> (Time, CSVTimeForm) {
        let folded = names.map { $0.lowercased() }
        func form(_ time: Time, _ numbers: CSVTimeForm.Numbers) -> CSVTimeForm? {
            if let form = hints.form { return form }
            let texts = data.prefix(200).map { record -> ArraySlice<UInt8> in
                switch time {
                case .whole(let field): record.field(field)
                case .parts(let date, let clock): record.field(date) + [UInt8(ascii: " ")] + record.field(clock)
                }
            }
            return CSVTimeForm.inferred(from: texts, numbers: numbers)
        }
        var candidates: [Time] = []
        if let epoch = folded.firstIndex(of: "epoch") { candidates.append(.whole(epoch)) }
        if let date = folded.firstIndex(where: { dateNames.contains($0) }),
            let clock = folded.firstIndex(where: { clockNames.contains($0) }), date != clock
        {
            candidates.append(.parts(date: date, clock: clock))
        }
        candidates += folded.indices.filter { timeNames.contains(folded[$0]) }.map { .whole($0) }
        for candidate in candidates { if let form = form(candidate, .all) { return (candidate, form) } }
        if let first = candidates.first, !data.isEmpty {
            guard case .whole(let field) = first else {
                throw Problem(field: nil, message: "the form of date and time is not known; say it as a timeFormat")
            }
            throw Problem(
                field: field,
                message: "the form of '\(data[0].text(field))' is not known; say it as a timeFormat, such as "
                    + "'2006-01-02 15:04:05' or timestamp"
            )
        }
        // Nothing is called a time: the first field that looks like one. A number is one only if it stands first.
        for field in names.indices where names[field].isEmpty || candidates.isEmpty {
            if let form = form(.whole(field), field == 0 ? .large : .never) { return (.whole(field), form) }
        }
        throw Problem(
            field: nil,
            message: "no field is a time; name one Epoch, time or timestamp, or two Epoch-date and Epoch-time"
        )
    }

    private static func usualNames(_ count: Int, _ hints: CSVHints) -> [String] {
        if let columns = hints.columns, columns.count == count { return columns.map(\.name) }
        let letters: [Character: String] = [
            "O": "Open", "H": "High", "L": "Low", "C": "Close", "V": "Volume",
        ]
        let spelt = hints.attribute.compactMap { letters[$0] }
        if spelt.count == count, hints.attribute.count == count { return spelt }
        return (0..<count).map { "Column\($0 + 1)" }
    }

    /// The type of a column with such fields; doubles if all are empty.
    private static func type(_ fields: [ArraySlice<UInt8>]) -> WireType {
        var type: WireType?
        var hasEmpty = false
        for field in fields {
            guard let found = CSVValue.type(of: field) else {
                hasEmpty = true
                continue
            }
            type = type == nil || type == found ? found : type == .string16 || found == .string16 ? .string16 : .float64
        }
        return type == .int64 && hasEmpty ? .float64 : type ?? .float64
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
