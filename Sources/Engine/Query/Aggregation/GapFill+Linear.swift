import Columnar
import QueryLang

extension GapFill {
    /// Between two known values by how far the bucket's start is from theirs.
    func linear(_ column: Vector, _ grid: Grid) -> Vector {
        let doubles = column.isNull ? nil : column.float64Values
        var values = [Double](repeating: 0, count: grid.rows.count)
        let known = forEachGap(column, grid) { index, row in
            values[index] = doubles?[row] ?? 0
        } gap: { gap in
            let (first, last) = (values[gap.before], values[gap.after])
            values[gap.index] = first + (last - first) / Double(gap.length) * Double(gap.distance)
        }
        let validity = known.contains(false) ? Validity(known) : nil
        return Vector(type: .float64, form: .float64(Buffer(values)), validity: validity)
    }

    /// The same of integers and timestamps, exact but for the fraction, which is dropped.
    func linearIntegers(_ column: Vector, _ grid: Grid) -> Vector {
        let integers = column.isNull ? nil : column.int64Values
        var values = [Int64](repeating: 0, count: grid.rows.count)
        let known = forEachGap(column, grid) { index, row in
            values[index] = integers?[row] ?? 0
        } gap: { gap in
            let (first, last) = (Int128(values[gap.before]), Int128(values[gap.after]))
            let weighed = first * Int128(gap.length - gap.distance) + last * Int128(gap.distance)
            values[gap.index] = Int64(clamping: weighed / Int128(gap.length))
        }
        let validity = known.contains(false) ? Validity(known) : nil
        return Vector(type: column.type, form: .int64(Buffer(values)), validity: validity)
    }

    /// A bucket without rows between two with values.
    private struct Gap {
        /// Place of the value.
        let index: Int
        /// Places of the neighbours' values.
        let before: Int
        let after: Int
        /// From the neighbour before to the bucket.
        let distance: Int64
        /// From one neighbour to the other.
        let length: Int64
    }

    /// Calls back with each value that is known, and then with each gap between two of one key; says which values there are.
    private func forEachGap(
        _ column: Vector,
        _ grid: Grid,
        value: (_ index: Int, _ row: Int) -> Void,
        gap: (Gap) -> Void
    ) -> [Bool] {
        var known = [Bool](repeating: false, count: grid.rows.count)
        let positions = positions(grid)
        for key in 0..<grid.keyCount {
            var last: Int?
            for bucket in 0..<grid.bucketCount {
                let index = bucket * grid.keyCount + key
                let row = Int(grid.rows[index])
                guard row >= 0 else { continue }
                // A bucket with rows may have no value all the same.
                guard !column.isNull, column.validity.map({ $0[row] }) ?? true else {
                    last = nil
                    continue
                }
                value(index, row)
                known[index] = true
                if let last, bucket - last > 1 {
                    for between in last + 1..<bucket {
                        let place = between * grid.keyCount + key
                        gap(
                            Gap(
                                index: place,
                                before: last * grid.keyCount + key,
                                after: index,
                                distance: positions[between] - positions[last],
                                length: positions[bucket] - positions[last]
                            )
                        )
                        known[place] = true
                    }
                }
                last = bucket
            }
        }
        return known
    }

    /// Where buckets begin, in nanoseconds of a calendar or in whole buckets of one length.
    private func positions(_ grid: Grid) -> [Int64] {
        (0..<grid.bucketCount).map { bucket in
            guard buckets.calendar != nil else { return Int64(bucket) }
            return buckets.start(grid.first + Int64(bucket)) &- buckets.start(grid.first)
        }
    }
}
