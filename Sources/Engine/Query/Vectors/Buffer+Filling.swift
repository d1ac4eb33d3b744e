import Columnar

extension Buffer {
    /// A buffer of `count` values that `fill` initialises.
    @inline(__always)
    static func filled(count: Int, _ fill: (UnsafeMutablePointer<Element>) -> Void) -> Buffer {
        let memory = OwnedMemory<Element>(capacity: count)
        fill(memory.base)
        return Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
    }

    /// A buffer of the values at `rows`, each of which must be in range.
    @inline(__always)
    func gather(_ rows: UnsafeBufferPointer<UInt32>) -> Buffer {
        withUnsafeBufferPointer { source in
            Buffer.filled(count: rows.count) { target in
                for index in 0..<rows.count { (target + index).initialize(to: source[Int(rows[index])]) }
            }
        }
    }
}
