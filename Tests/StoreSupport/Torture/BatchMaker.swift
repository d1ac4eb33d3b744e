import Columnar
import TestSupport

/// Random tables, and batches for them.
struct BatchMaker {
    private static let seriesNames = ["A", "B.X", "ü", "series-with-a-longer-name", "Z"]
    private static let extremes: [Int64] = [.min, .max, 0, -1, .min + 1, .max - 1]
    /// How far late rows may be.
    private static let latenessMax = 3 * CivilTime.day

    /// Venue time; mostly ascends.
    private(set) var clock: Int64 = 1_700_000_000_000_000_000
    private var nextBatch: Int64 = 1
    private let seriesCount: Int
    private let isWild: Bool

    init(generator: inout SeededGenerator) {
        seriesCount = generator.int(1...Self.seriesNames.count)
        isWild = generator.oneIn(3)
    }

    // MARK: Tables

    /// A random shape of a table. Those with an odd number have a time to live at times, and no extreme times.
    func schema(number: Int, _ generator: inout SeededGenerator) -> TableSchema {
        var columns = [Column("time", .timestamp), Column("batch", .int64), Column("row", .int64)]
        let hasSeries = !generator.oneIn(4)
        if hasSeries { columns.insert(Column("symbol", .symbol), at: generator.int(0...2)) }
        for index in 0..<generator.int(0...4) {
            columns.append(Column("c\(index)", generator.pick(ColumnType.allCases)))
        }
        let isRegular = generator.oneIn(3)
        let timeframe = generator.pick([CivilTime.minute, CivilTime.hour, 1_000_000_000])
        var dedup: [String]?
        if !isRegular, generator.oneIn(3) {
            columns.append(Column("key", generator.pick([.int64, .symbol])))
            dedup = generator.oneIn(4) ? [] : ["key"]
        }
        let schema = TableSchema(
            name: "table\(number)",
            kind: isRegular ? .regular(timeframe: timeframe) : .event,
            columns: columns,
            series: hasSeries ? "symbol" : nil,
            partition: generator.pick([.hour, .day, .month, nil]),
            dedup: dedup
        )
        guard let schema else { preconditionFailure("BUG: a random schema is valid") }
        return schema
    }

    func column(number: Int, _ generator: inout SeededGenerator) -> Column {
        Column("added\(number)", generator.pick(ColumnType.allCases))
    }

    static func allowsTimeToLive(_ table: String) -> Bool { (table.utf8.last ?? 0) % 2 == 1 }

    func seriesName(_ generator: inout SeededGenerator) -> String {
        Self.seriesNames[generator.int(0...seriesCount - 1)]
    }

    // MARK: Rows

    /// A batch of rows of some of the tables.
    mutating func batch(_ tables: [TableSchema], _ generator: inout SeededGenerator) -> ModelBatch {
        let id = nextBatch
        nextBatch += 1
        var groups: [AppendGroup] = []
        for _ in 0..<generator.pick([1, 1, 2, 3]) where !tables.isEmpty {
            groups.append(group(generator.pick(tables), batch: id, &generator))
        }
        return ModelBatch(id: id, time: clock, groups: groups)
    }

    private mutating func group(
        _ schema: TableSchema,
        batch: Int64,
        _ generator: inout SeededGenerator
    ) -> AppendGroup {
        let times = times(schema, &generator)
        let count = times.count
        let columns = schema.columns.enumerated().map { index, column -> Vector? in
            if index == schema.timeColumn { return .timestamps(times) }
            if index == schema.seriesColumn { return nil }
            switch column.name {
            case "batch": return Vector(type: .int64, form: .constant(.int64(batch), count: count))
            case "row": return Vector(type: .int64, form: .sequence(start: 0, step: 1, count: count))
            case "key" where column.type == .int64: return .int64(times.map { _ in Int64(generator.int(0...2)) })
            case "key": return .symbols(times.map { _ in generator.pick(["k", "l"]) })
            default: return VectorMaker.vector(column.type, count: count, &generator)
            }
        }
        let series = schema.seriesColumn == nil ? "" : seriesName(&generator)
        return AppendGroup(table: schema.name, series: series, columns: columns, rowCount: count)
    }

    private mutating func times(_ schema: TableSchema, _ generator: inout SeededGenerator) -> [Int64] {
        let count = generator.oneIn(40) ? generator.int(20...200) : generator.int(1...generator.pick([1, 3, 8]))
        let lateness = generator.int(0...7)
        return (0..<count).map { _ in
            if lateness >= 5, generator.oneIn(2) {
                // Few different late times, so that slots and keys are hit again.
                let steps = Int(lateness == 5 ? 10 : Self.latenessMax / CivilTime.minute)
                return clock - Int64(generator.int(0...steps)) * CivilTime.minute
            }
            if isWild, generator.oneIn(60), !Self.allowsTimeToLive(schema.name) { return generator.pick(Self.extremes) }
            advance(&generator)
            return clock
        }
    }

    private mutating func advance(_ generator: inout SeededGenerator) {
        if generator.oneIn(400) { clock += 20 * CivilTime.day }
        clock += generator.pick([0, 0, 0, 1, 1_000_000, CivilTime.minute, 25 * CivilTime.minute])
    }

    /// A range around the times written.
    func range(_ generator: inout SeededGenerator) -> TimeRange {
        switch generator.int(0...5) {
        case 0, 1: return .all
        case 2: return TimeRange(start: clock - Int64(generator.int(0...120)) * CivilTime.minute, end: .max)
        default:
            let start = clock - Int64(generator.int(0...4 * 1_440)) * CivilTime.minute
            return TimeRange(start: start, end: start + Int64(generator.int(1...2 * 1_440)) * CivilTime.minute)
        }
    }
}
