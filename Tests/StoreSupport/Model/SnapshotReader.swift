public import Columnar

/// Reads rows out of a snapshot and checks every promise of scans, slices and statistics on the way.
public struct SnapshotReader {
    /// Rows by series, in the order of time.
    public typealias Rows = [String: [[Scalar]]]

    private let snapshot: any TableSnapshot

    /// Creates a reader of one state.
    public init(_ snapshot: any TableSnapshot) { self.snapshot = snapshot }

    /// The rows that a request finds, with the columns it asks for.
    public func rows(_ request: ScanRequest) throws -> Rows {
        var rows: Rows = [:]
        for (name, read) in try readers(request) { rows[name] = try read() }
        return rows
    }

    /// One function a series that reads its rows, so that one that fails does not hide the others.
    public func readers(_ request: ScanRequest) throws -> [(series: String, read: () throws -> [[Scalar]])] {
        guard let schema = snapshot.catalog.schema(named: request.table) else {
            throw ModelViolation("the snapshot has no table \(request.table)")
        }
        let scan = try snapshot.scan(request)
        guard scan.series == scan.series.sorted(), Set(scan.series).count == scan.series.count else {
            throw ModelViolation("series of \(request.table) are not sorted or not distinct: \(scan.series)")
        }
        return scan.series.enumerated().map { [snapshot] index, name in
            let read = {
                let rows = try Self.rows(of: scan, index, request, schema)
                try FewRowsCheck(snapshot: snapshot, request: request, series: name).run(rows)
                return rows
            }
            return (name, read)
        }
    }

    private static func rows(
        of scan: any TableScan,
        _ index: Int,
        _ request: ScanRequest,
        _ schema: TableSchema
    ) throws -> [[Scalar]] {
        var cursor = try scan.open(series: index)
        var slices: [[[Scalar]]] = []
        var end: Int64?
        while let slice = try cursor.next() {
            if let end {
                let ascends = request.isForward ? slice.firstTime >= end : slice.lastTime <= end
                guard ascends else { throw ModelViolation("slices of \(request.table) are out of order") }
            }
            end = request.isForward ? slice.lastTime : slice.firstTime
            slices.append(try rows(of: slice, request, schema))
        }
        guard !slices.isEmpty else {
            throw ModelViolation("\(request.table) lists series '\(scan.series[index])', which has no rows")
        }
        if slices.count == 1 { return slices[0] }
        return (request.isForward ? slices : slices.reversed()).flatMap { $0 }
    }

    private static func rows(
        of slice: any SeriesSlice,
        _ request: ScanRequest,
        _ schema: TableSchema
    ) throws -> [[Scalar]] {
        let count = slice.count
        guard count > 0, slice.firstTime <= slice.lastTime else { throw ModelViolation("a slice without rows") }
        var rows = [[Scalar]](repeating: [], count: count)
        for column in request.columns {
            let vector = try slice.vector(column: column)
            guard vector.count == count, vector.type == schema.columns[column].type else {
                throw ModelViolation(
                    """
                    column \(schema.columns[column].name) of \(schema.name) gives \(vector.count) values of type \
                    \(vector.type) for a slice of \(count) rows
                    """
                )
            }
            let values = (0..<count).map { vector.scalar(at: $0) }
            for row in 0..<count { rows[row].append(values[row]) }
            try StatisticsCheck(slice, column, vector, values, schema).run()
            if column == schema.timeColumn { try checkTimes(values, slice, request, schema) }
        }
        return rows
    }

    private static func checkTimes(
        _ values: [Scalar],
        _ slice: any SeriesSlice,
        _ request: ScanRequest,
        _ schema: TableSchema
    ) throws {
        var last = Int64.min
        for value in values {
            guard case .timestamp(let time) = value, time >= last, request.time.contains(time) else {
                throw ModelViolation("\(schema.name): time \(value) after \(last), asked for \(request.time)")
            }
            last = time
        }
        guard values.first == .timestamp(slice.firstTime), values.last == .timestamp(slice.lastTime) else {
            throw ModelViolation(
                "\(schema.name): a slice says \(slice.firstTime) to \(slice.lastTime), its times are "
                    + "\(values.first ?? .null) to \(values.last ?? .null)"
            )
        }
    }
}
