import Columnar

/// Values that are numbered from 0, of which the first can be forgotten: those that are kept lie one after the other.
///
/// Appending and forgetting cost O(1) a value, amortised: values are moved only when at least as many were forgotten, and
/// the memory is at most about twice what was kept and added at once.
final class SlidingBuffer<Element: BitwiseCopyable & Sendable> {
    private var memory: OwnedMemory<Element>
    /// Place of the first kept value in `memory`.
    private var offset = 0
    /// Number of the first value that is kept.
    private(set) var first = 0
    /// Number after that of the last value.
    private(set) var end = 0

    /// Of the memory once there is a value. Few: a window over a handful of rows in each of many series shall stay small.
    private static var capacityMin: Int { 64 }

    init() { memory = OwnedMemory(capacity: 1) }

    /// Values kept.
    var count: Int { end &- first }

    /// Bytes of memory.
    var byteCount: Int { memory.capacity * MemoryLayout<Element>.stride }

    /// Forgets everything; the next value has this number.
    func reset(at number: Int = 0) {
        offset = 0
        first = number
        end = number
    }

    /// Adds values, uninitialised: the caller fills the memory that is returned.
    func extend(by added: Int) -> UnsafeMutablePointer<Element> {
        if offset &+ count &+ added > memory.capacity { makeRoom(for: added) }
        let target = memory.base + (offset &+ count)
        end &+= added
        return target
    }

    /// Adds one value.
    @inline(__always)
    func append(_ value: Element) { extend(by: 1).initialize(to: value) }

    /// Takes the last value back.
    func removeLast() {
        precondition(end > first, "BUG: no value to remove")
        end &-= 1
    }

    private func makeRoom(for added: Int) {
        let needed = count + added
        if offset >= count, needed <= memory.capacity {
            // The old and the new place do not overlap.
            memory.base.update(from: memory.base + offset, count: count)
        } else {
            let larger = OwnedMemory<Element>(capacity: max(needed * 2, Self.capacityMin))
            larger.base.initialize(from: memory.base + offset, count: count)
            memory = larger
        }
        offset = 0
    }

    /// Forgets the values before this number; those that come after the last stay.
    func forget(before number: Int) {
        let kept = min(max(number, first), end)
        offset &+= kept &- first
        first = kept
    }

    /// Where a value lies that is kept, or the next one will. Valid until the next change.
    @inline(__always)
    func pointer(to number: Int) -> UnsafeMutablePointer<Element> {
        precondition(number >= first && number <= end, "BUG: a value that was forgotten")
        return memory.base + (offset &+ number &- first)
    }

    /// A value that is kept.
    @inline(__always)
    subscript(number: Int) -> Element {
        precondition(number >= first && number < end, "BUG: a value that was forgotten")
        return memory.base[offset &+ number &- first]
    }
}

extension SlidingBuffer where Element: AdditiveArithmetic {
    /// The values at an edge of the frames of `count` rows, one after the other: where they lie, or copied to `scratch`.
    ///
    /// The buffer holds running sums: value `i` is the sum of what rows before row `i` have, so value 0 is 0, kept or not.
    func values(at edge: FrameEdge, count: Int, scratch: Scratch<Element>) -> UnsafePointer<Element> {
        switch edge {
        case .shifted(let place):
            return UnsafePointer(pointer(to: place))
        case .fixed(let place):
            let target = scratch.room(count)
            target.initialize(repeating: place == 0 ? .zero : self[place], count: count)
            return UnsafePointer(target)
        case .listed(let places):
            let target = scratch.room(count)
            let source = pointer(to: first) - first
            for index in 0..<count { target[index] = source[places[index]] }
            return UnsafePointer(target)
        }
    }
}

/// Memory for intermediate values, used again for each batch.
final class Scratch<Element: BitwiseCopyable & Sendable> {
    private var memory = OwnedMemory<Element>(capacity: 1)

    /// Uninitialised memory for at least one and at least `count` values, valid until the next call.
    func room(_ count: Int) -> UnsafeMutablePointer<Element> {
        if memory.capacity < count { memory = OwnedMemory(capacity: count) }
        return memory.base
    }
}

extension SlidingBuffer {
    /// Writes the values that are kept, as they lie in memory: the machines that this runs on are little-endian.
    func encode(into writer: inout FoldStateWriter) {
        writer.write(Int64(first))
        writer.write(Int64(count))
        let bytes = UnsafeRawBufferPointer(start: pointer(to: first), count: count * MemoryLayout<Element>.stride)
        writer.write(contentsOf: bytes)
    }

    /// Takes over values that were written, of which the last one has the number before `end`.
    func decode(from reader: inout FoldStateReader, end: Int) throws(FoldStateError) {
        let first = try reader.readNumber(upTo: end)
        let count = try reader.readNumber(upTo: reader.remainingCount / MemoryLayout<Element>.stride)
        guard first + count == end else { throw .malformed }
        reset(at: first)
        let target = UnsafeMutableRawPointer(extend(by: count))
        try reader.read(into: UnsafeMutableRawBufferPointer(start: target, count: count * MemoryLayout<Element>.stride))
    }
}

extension FoldStateReader {
    /// A number that is not negative and at most a limit.
    mutating func readNumber(upTo most: Int) throws(FoldStateError) -> Int {
        guard let number = Int(exactly: try readInt64()), number >= 0, number <= most else { throw .malformed }
        return number
    }
}
