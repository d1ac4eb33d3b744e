import CKernels
import Columnar

/// Which rows of a slice are meant.
enum Selection {
    /// Rows that lie together.
    case range(Range<Int>)
    /// Rows by number, ascending.
    case rows(Buffer<UInt32>)

    var count: Int {
        switch self {
        case .range(let range): range.count
        case .rows(let rows): rows.count
        }
    }

    /// The selected rows of a vector; the vector itself if those are all.
    func apply(_ vector: Vector) -> Vector {
        switch self {
        case .range(let range):
            range.count == vector.count ? vector : vector.slice(range)
        case .rows(let rows): rows.withUnsafeBufferPointer { vector.gather($0) }
        }
    }

    /// Of these rows, those for which a boolean vector (of as many rows) is true.
    func narrowed(by truth: Vector) -> Selection {
        if let constant = truth.constant { return constant == .boolean(true) ? self : .range(0..<0) }
        let isTrue = truth.booleanValues
        let kept = isTrue.withUnsafeBufferPointer { Self.rows(of: $0, truth.validity) }
        if kept.count == count { return self }
        switch self {
        case .range(let range):
            guard let first = kept.first, let last = kept.last else { return .range(0..<0) }
            let lower = range.lowerBound
            if Int(last - first) == kept.count - 1 { return .range(lower + Int(first)..<lower + Int(last) + 1) }
            if lower == 0 { return .rows(kept) }
            let base = UInt32(lower)
            return .rows(BinaryKernel.map(.values(kept), .constant(base), count: kept.count, &+))
        case .rows(let rows): return .rows(kept.withUnsafeBufferPointer { rows.gather($0) })
        }
    }

    /// Numbers of the rows that are 1 and not null, without a branch a row.
    private static func rows(of isTrue: UnsafeBufferPointer<UInt8>, _ validity: Validity?) -> Buffer<UInt32> {
        let memory = OwnedMemory<UInt32>(capacity: isTrue.count)
        var count = 0
        if let validity {
            for row in 0..<isTrue.count {
                memory.base[count] = UInt32(truncatingIfNeeded: row)
                count &+= isTrue[row] != 0 && validity[row] ? 1 : 0
            }
        } else if let base = isTrue.baseAddress {
            count = tickgate_select_rows(base, isTrue.count, TICKGATE_BEST, memory.base)
        }
        return Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
    }
}

extension Buffer {
    /// The first value; nil if there is none.
    var first: Element? { count == 0 ? nil : self[0] }
    /// The last value; nil if there is none.
    var last: Element? { count == 0 ? nil : self[count - 1] }
}
