import Columnar
import Market
import QueryLang

/// Collects the rows of a replay: columns of the table, then one for each function of the book.
struct BookColumns {
    private static let kinds = StringDictionary(["change", "keyframe", "state"])
    private static let states = StringDictionary(BookState.allCases.map(\.name))
    private static let reasons = StringDictionary(StateReason.allCases.map(\.name))

    private let schema: TableSchema
    private let columns: BookTable
    private let calls: [BookCall]
    private let series: String

    private(set) var times: [Int64] = []
    private var seqs: [Int64] = []
    private var receiveTimes: [Int64] = []
    private var updateIDs: [Int64] = []
    private var kindCodes: [UInt32] = []
    private var stateCodes: [UInt32] = []
    private var reasonCodes: [UInt32?] = []
    /// By call, then row.
    private var values: [[BookValue]]

    init(_ schema: TableSchema, _ columns: BookTable, _ calls: [BookCall], series: String) {
        self.schema = schema
        self.columns = columns
        self.calls = calls
        self.series = series
        self.values = calls.map { _ in [] }
    }

    var count: Int { times.count }

    mutating func append(_ event: BookEvent, time: Int64, state: BookState, _ row: [BookValue]) {
        times.append(time)
        seqs.append(event.seq)
        receiveTimes.append(event.receiveTime)
        updateIDs.append(event.updateID)
        kindCodes.append(event.kind == .change ? 0 : event.kind == .snapshot ? 1 : 2)
        stateCodes.append(UInt32(state.rawValue))
        reasonCodes.append(event.reason.map { UInt32($0.rawValue) })
        for index in values.indices { values[index].append(index < row.count ? row[index] : .null) }
    }

    /// Gives the rows away and starts again.
    mutating func take(sizeScale: Int) -> MaterializedColumns {
        let rows = times.count
        let time = Vector.timestamps(times)
        var vectors: [Vector] = []
        let ownCount = schema.columns.count - calls.count
        for index in 0..<ownCount { vectors.append(column(index, time, rows)) }
        for (index, call) in calls.enumerated() {
            vectors.append(Self.vector(values[index], call.function.type, sizeScale: sizeScale))
            values[index].removeAll(keepingCapacity: true)
        }
        times = []
        seqs = []
        receiveTimes = []
        updateIDs = []
        kindCodes = []
        stateCodes = []
        reasonCodes = []
        return MaterializedColumns(vectors, times: time, rowCount: rows)
    }

    private func column(_ index: Int, _ time: Vector, _ rows: Int) -> Vector {
        switch index {
        case schema.timeColumn: return time
        case schema.seriesColumn: return Vector(type: .symbol, form: .constant(.text(series), count: rows))
        case columns.seq: return .int64(seqs)
        case columns.receiveTime: return .timestamps(receiveTimes)
        case columns.updateID: return .int64(updateIDs)
        case columns.kind: return Vector(type: .symbol, form: .dictionary(Buffer(kindCodes), Self.kinds))
        case columns.state: return Vector(type: .symbol, form: .dictionary(Buffer(stateCodes), Self.states))
        case columns.reason:
            if reasonCodes.allSatisfy({ $0 == nil }) { return .nulls(.symbol, count: rows) }
            return Vector(
                type: .symbol,
                form: .dictionary(Buffer(reasonCodes.map { $0 ?? 0 }), Self.reasons),
                validity: Validity(reasonCodes.map { $0 != nil })
            )
        default: return .nulls(schema.columns[index].type, count: rows)
        }
    }

    private static func vector(_ values: [BookValue], _ type: ColumnType, sizeScale: Int) -> Vector {
        let validity = values.contains(.null) ? Validity(values.map { $0 != .null }) : nil
        let form: Vector.Form
        switch type {
        case .boolean: form = .boolean(Buffer(values.map { $0 == .boolean(true) ? 1 : 0 }))
        case .int64:
            form = .int64(Buffer(values.map { if case .integer(let value) = $0 { value } else { 0 } }))
        default: form = numbers(values, sizeScale: sizeScale)
        }
        return Vector(type: type, form: form, validity: validity)
    }

    /// Sizes stay decimals, so that their sums are exact.
    private static func numbers(_ values: [BookValue], sizeScale: Int) -> Vector.Form {
        var hasSize = false
        var hasDouble = false
        for value in values {
            if case .size = value { hasSize = true }
            if case .double = value { hasDouble = true }
        }
        if hasSize, !hasDouble {
            let mantissas = values.map { value -> Int64 in if case .size(let mantissa) = value { mantissa } else { 0 } }
            return .scaledInteger(Buffer(mantissas), scale: sizeScale)
        }
        let scale = DecimalScale(sizeScale)
        return .float64(
            Buffer(
                values.map { value -> Double in
                    switch value {
                    case .double(let double): double
                    case .size(let mantissa): scale.double(mantissa)
                    case .null, .integer, .boolean: 0
                    }
                }
            )
        )
    }
}
