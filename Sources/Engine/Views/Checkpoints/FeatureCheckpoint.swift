import Columnar
import QueryLang

/// The state of a live plan of one view over one instrument right after an event: what it needs of all rows so far, so that
/// it goes on with the next one as if it had never ended.
struct FeatureCheckpoint {
    /// The instrument.
    var symbol: String
    /// Every batch up to this one was taken.
    var lsn: LSN
    /// The store's count of starts when it was written.
    var generation: UInt64
    /// How far the input goes.
    var position: InputPosition
    /// Stored rows of the series up to there.
    var storedCount: Int
    /// Time of the first row of the series.
    var firstTime: Int64?
    /// Rows that came out.
    var rowCount: Int
    /// The last row that came out: of its features it depends which row is stored next.
    var last: StoredRow?
    /// The states of the windows, those next to the table first.
    var windows: [[UInt8]]

    /// A row of the view.
    struct StoredRow {
        var columns: [Vector]
        /// See ``FeatureStorage/take(_:_:isOffered:)``.
        var isOffered: Bool
    }

    /// Windows of a plan, one over the values of the other, at most.
    private static let windowsMax = 64
    /// Columns of a view at most.
    private static let columnsMax = 4096

    /// The bytes.
    func encoded() -> [UInt8] {
        var writer = FoldStateWriter()
        writer.write(symbol)
        writer.write(lsn)
        writer.write(generation)
        writer.write(position.seq)
        writer.write(position.time)
        writer.write(Int64(storedCount))
        writer.write(firstTime != nil)
        writer.write(firstTime ?? 0)
        writer.write(Int64(rowCount))
        writer.write(UInt32(last?.columns.count ?? 0))
        writer.write(last?.isOffered ?? false)
        for column in last?.columns ?? [] { writer.write(column) }
        writer.write(UInt32(windows.count))
        for window in windows {
            writer.write(Int64(window.count))
            window.withUnsafeBytes { writer.write(contentsOf: $0) }
        }
        return writer.bytes
    }

    /// Reads what ``encoded()`` gave.
    init(decoding bytes: [UInt8]) throws(FoldStateError) {
        var reader = FoldStateReader(bytes)
        symbol = try reader.readString()
        lsn = try reader.read(LSN.self)
        generation = try reader.read(UInt64.self)
        position = InputPosition(seq: try reader.readInt64(), time: try reader.readInt64())
        storedCount = try reader.readNumber(upTo: WindowMachine.rowsMax)
        let hasFirst = try reader.readBool()
        let first = try reader.readInt64()
        firstTime = hasFirst ? first : nil
        rowCount = try reader.readNumber(upTo: WindowMachine.rowsMax)
        let columnCount = Int(try reader.read(UInt32.self))
        let isOffered = try reader.readBool()
        guard columnCount <= Self.columnsMax else { throw .malformed }
        var columns: [Vector] = []
        for _ in 0..<columnCount { columns.append(try reader.readVector(count: 1)) }
        last = columns.isEmpty ? nil : StoredRow(columns: columns, isOffered: isOffered)
        let windowCount = Int(try reader.read(UInt32.self))
        guard windowCount <= Self.windowsMax else { throw .malformed }
        windows = []
        for _ in 0..<windowCount {
            let count = try reader.readNumber(upTo: reader.remainingCount)
            windows.append(try reader.readBytes(count: count))
        }
        guard reader.isAtEnd else { throw .malformed }
    }

    init(
        symbol: String,
        lsn: LSN,
        generation: UInt64,
        position: InputPosition,
        storedCount: Int,
        firstTime: Int64?,
        rowCount: Int,
        last: StoredRow?,
        windows: [[UInt8]]
    ) {
        self.symbol = symbol
        self.lsn = lsn
        self.generation = generation
        self.position = position
        self.storedCount = storedCount
        self.firstTime = firstTime
        self.rowCount = rowCount
        self.last = last
        self.windows = windows
    }
}

extension FeatureCheckpoint {
    /// Why the state is not that of the rows which are stored, of those up to its position; nil if it is.
    func staleness(
        _ table: TableSchema,
        _ generation: UInt64,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) -> String? {
        guard lsn <= snapshot.committed, self.generation <= generation else {
            return "it is of another state of the store"
        }
        guard snapshot.committed > lsn else { return nil }
        let removed = snapshot.changes(of: table.name, since: lsn).removed
        if let removed, removed.start <= position.time { return "rows behind it were removed" }
        // Of a removal that was carried out nothing is left, and bounds are those of all that is stored together:
        // whether rows came or went behind, their number tells. Of rows that replaced others it does not.
        let count = try StoredRows.count(table, symbol, through: position, snapshot)
        return count == storedCount ? nil : "there are \(count) rows behind it, and not \(storedCount)"
    }
}
