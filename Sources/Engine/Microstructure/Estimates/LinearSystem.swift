/// Systems of a few dozen linear equations, by Gauss with the largest pivot of a column.
enum LinearSystem {
    /// X of A X = B; nil if A has no inverse.
    static func solve(_ a: [[Double]], _ b: [[Double]]) -> [[Double]]? {
        var (a, x) = (a, b)
        let count = a.count
        guard x.count == count, a.allSatisfy({ $0.count == count }) else { return nil }
        for column in 0..<count {
            var pivot = column
            for row in column..<count where a[row][column].magnitude > a[pivot][column].magnitude { pivot = row }
            guard a[pivot][column] != 0, a[pivot][column].isFinite else { return nil }
            a.swapAt(pivot, column)
            x.swapAt(pivot, column)
            for row in 0..<count where row != column && a[row][column] != 0 {
                let factor = a[row][column] / a[column][column]
                for k in column..<count { a[row][k] -= factor * a[column][k] }
                for k in x[row].indices { x[row][k] -= factor * x[column][k] }
            }
        }
        for row in 0..<count {
            for k in x[row].indices { x[row][k] /= a[row][row] }
        }
        return x
    }
}
