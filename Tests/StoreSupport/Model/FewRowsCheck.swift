import Columnar

/// Reads the first few rows of a series again, as who needs no more does, and compares them.
struct FewRowsCheck {
    let snapshot: any TableSnapshot
    let request: ScanRequest
    let series: String

    /// Rows that are asked for; which of these follows from the number of all rows.
    private static let counts = [1, 2, 5, 1, 70]

    /// `rows` are all that the request finds of the series, ascending.
    func run(_ rows: [[Scalar]]) throws {
        let wanted = min(Self.counts[rows.count % Self.counts.count], rows.count)
        var few = request
        few.series = .named([series])
        few.rowsMax = wanted
        let scan = try snapshot.scan(few)
        guard scan.series == [series] else { throw ModelViolation("a scan of few rows misses series '\(series)'") }
        var cursor = try scan.open(series: 0)
        var found: [[Scalar]] = []
        while found.count < wanted, let slice = try cursor.next() {
            let count = min(slice.count, wanted - found.count)
            let range = request.isForward ? 0..<count : slice.count - count..<slice.count
            var part = [[Scalar]](repeating: [], count: count)
            for column in request.columns {
                let vector = try slice.vector(column: column, rows: range)
                guard vector.count == count else { throw ModelViolation("\(vector.count) values of \(count) rows") }
                for row in 0..<count { part[row].append(vector.scalar(at: row)) }
            }
            found = request.isForward ? found + part : part + found
        }
        let expected = request.isForward ? rows.prefix(wanted) : rows.suffix(wanted)
        guard found.count == wanted, zip(found, expected).allSatisfy(Self.isSame) else {
            throw ModelViolation(
                "\(wanted) rows of '\(series)' in \(request.table), isForward \(request.isForward), in \(request.time): "
                    + "\(found), not \(Array(expected))"
            )
        }
    }

    private static func isSame(_ left: [Scalar], _ right: [Scalar]) -> Bool {
        zip(left, right).allSatisfy { left, right in
            if case .float64(let a) = left, case .float64(let b) = right { return a.bitPattern == b.bitPattern }
            return left == right
        }
    }
}
