import Columnar
import QueryLang

/// How far the events of a series were taken.
struct InputPosition: Sendable, Hashable {
    /// The greatest number of an event; of bars nothing.
    var seq = Int64.min
    /// The greatest time.
    var time = Int64.min
}

/// Keeps in mind how far the input of a live plan goes, and whether what is stored is still what the plan has seen.
///
/// Belongs to the thread that owns the plan.
final class InputProgress {
    private let table: TableSchema
    /// The column with the numbers of events; nil for bars, which have none.
    private let seqColumn: Int?
    private(set) var position: InputPosition
    /// Rows of the series that are stored, by what was seen of it.
    var rowCount: Int
    /// Whether rows came that belong far before those that were taken: then history says other things than the state.
    private(set) var isRevised = false

    init(_ table: TableSchema, _ position: InputPosition = InputPosition(), rowCount: Int) {
        self.table = table
        self.position = position
        self.rowCount = rowCount
        if case .event = table.kind { seqColumn = table.index(of: "seq") } else { seqColumn = nil }
    }

    /// Notes rows that were stored before the plan began.
    func noteStored(_ slice: any SeriesSlice) throws(TableError) {
        position.time = max(position.time, slice.lastTime)
        guard let seqColumn else { return }
        if case .int64(let greatest)? = slice.statistics(column: seqColumn)?.max {
            position.seq = max(position.seq, greatest)
        } else if let range = Self.range(of: try slice.vector(column: seqColumn)) {
            position.seq = max(position.seq, range.upperBound)
        }
    }

    /// Notes rows that came.
    func noteCome(_ slice: CommittedSlice) {
        rowCount += slice.count
        let times = (try? slice.vector(column: table.timeColumn)).flatMap(Self.range)
        guard let times else { return }
        if let seqColumn {
            noteNumbers((try? slice.vector(column: seqColumn)) ?? .nulls(.int64, count: slice.count), times.lowerBound)
        } else if times.lowerBound <= position.time {
            // A bar that was there, or one before it.
            isRevised = true
        }
        position.time = max(position.time, times.upperBound)
    }

    /// Events come in the order of their numbers, and about in that of their times.
    private func noteNumbers(_ numbers: Vector, _ firstTime: Int64) {
        guard numbers.validity?.nullCount ?? 0 == 0, let range = Self.range(of: numbers) else {
            isRevised = true
            return
        }
        let (limit, overflow) = position.time.subtractingReportingOverflow(BookAnchor.disorderMax)
        if range.lowerBound <= position.seq || (!overflow && firstTime < limit) { isRevised = true }
        position.seq = max(position.seq, range.upperBound)
    }

    /// The least and the greatest of the values that are there.
    private static func range(of vector: Vector) -> ClosedRange<Int64>? {
        guard !vector.isNull, vector.count > 0 else { return nil }
        let values = vector.int64Values
        var (least, greatest) = (Int64.max, Int64.min)
        for row in 0..<values.count where vector.validity?[row] ?? true {
            least = min(least, values.base[row])
            greatest = max(greatest, values.base[row])
        }
        withExtendedLifetime(values) {}
        return least <= greatest ? least...greatest : nil
    }
}
