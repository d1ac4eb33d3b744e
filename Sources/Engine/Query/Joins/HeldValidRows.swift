import Columnar

/// Which rows of a column have a value, so that those among rows that lie together are found in one step.
enum HeldValidRows {
    /// All.
    case all
    /// None.
    case none
    /// The rows that have one, and how many of them are before each row, and before the end.
    case some(Buffer<UInt32>, counts: Buffer<UInt32>)

    init(_ vector: Vector) {
        if vector.isNull {
            self = .none
            return
        }
        guard let validity = vector.validity else {
            self = .all
            return
        }
        var rows = BufferBuilder<UInt32>(capacity: validity.count)
        let counts = Buffer<UInt32>.filled(count: validity.count + 1) { target in
            for row in 0..<validity.count {
                target[row] = UInt32(truncatingIfNeeded: rows.count)
                if validity[row] { rows.append(UInt32(truncatingIfNeeded: row)) }
            }
            target[validity.count] = UInt32(truncatingIfNeeded: rows.count)
        }
        self = .some(rows.take(), counts: counts)
    }

    /// Adds to a total for each window how many of its rows have a value.
    func addCounts(of span: WindowSpan, to totals: UnsafeMutablePointer<Int64>) {
        let (starts, ends) = (span.starts.base, span.ends.base)
        switch self {
        case .all:
            for place in 0..<span.leftRows.count { totals[place] &+= Int64(ends[place] &- starts[place]) }
        case .none: break
        case .some(_, let counts):
            counts.withUnsafeBufferPointer { counts in
                for place in 0..<span.leftRows.count {
                    totals[place] &+= Int64(counts[Int(ends[place])] &- counts[Int(starts[place])])
                }
            }
        }
    }

    /// The first of some rows that has a value.
    @inline(__always)
    func first(in range: Range<Int>) -> Int? {
        switch self {
        case .all: return range.first
        case .none: return nil
        case .some(let rows, let counts):
            let place = counts[range.lowerBound]
            return place < counts[range.upperBound] ? Int(rows[Int(place)]) : nil
        }
    }

    /// The last of some rows that has a value.
    @inline(__always)
    func last(in range: Range<Int>) -> Int? {
        switch self {
        case .all: return range.last
        case .none: return nil
        case .some(let rows, let counts):
            let end = counts[range.upperBound]
            return counts[range.lowerBound] < end ? Int(rows[Int(end) - 1]) : nil
        }
    }
}
