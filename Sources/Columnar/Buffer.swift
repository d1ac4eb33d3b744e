/// A fixed run of immutable values in memory that something else may own: an array, a mapped file, a memtable chunk.
///
/// Copying it copies a pointer and retains the owner. The memory must not change while a buffer shows it.
public struct Buffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    // Sendable: the memory is immutable for as long as `owner` lives, and `owner` is only ever released.

    /// The first value; valid for ``count`` values while this buffer or a copy of it lives.
    public let base: UnsafePointer<Element>
    /// The number of values.
    public let count: Int
    @usableFromInline let owner: AnyObject

    /// Shows memory that `owner` keeps alive and unchanged.
    @inlinable
    public init(base: UnsafePointer<Element>, count: Int, owner: AnyObject) {
        self.base = base
        self.count = count
        self.owner = owner
    }

    /// Copies the values of a collection.
    @inlinable
    public init(_ values: some Collection<Element>) {
        let memory = OwnedMemory<Element>(capacity: values.count)
        var index = 0
        for value in values {
            (memory.base + index).initialize(to: value)
            index &+= 1
        }
        self.init(base: memory.base, count: index, owner: memory)
    }

    /// The value at `index`, which must be in `0..<count`.
    @inlinable
    public subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count, "Buffer index out of range")
        return base[index]
    }

    /// The same memory, from `range.lowerBound` to `range.upperBound`.
    @inlinable
    public func slice(_ range: Range<Int>) -> Buffer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "Buffer slice out of range")
        return Buffer(base: base + range.lowerBound, count: range.count, owner: owner)
    }

    /// Calls `body` with the values; the pointer must not leave it.
    @inlinable
    public func withUnsafeBufferPointer<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withExtendedLifetime(owner) { () throws(Failure) -> Result in
            try body(UnsafeBufferPointer(start: base, count: count))
        }
    }

    /// A copy of the values as an array.
    public var array: [Element] { withUnsafeBufferPointer { Array($0) } }
}

/// Memory for `capacity` values, freed with the object.
public final class OwnedMemory<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    // Sendable: whoever creates it fills it before sharing it.

    /// The first value.
    public let base: UnsafeMutablePointer<Element>
    /// How many values fit.
    public let capacity: Int

    /// Allocates memory, uninitialised.
    public init(capacity: Int) {
        let bytes = Swift.max(capacity, 1) * MemoryLayout<Element>.stride
        self.base = MemoryPool.allocate(byteCount: bytes).bindMemory(to: Element.self, capacity: Swift.max(capacity, 1))
        self.capacity = capacity
    }

    deinit {
        MemoryPool.deallocate(base, byteCount: Swift.max(capacity, 1) * MemoryLayout<Element>.stride)
    }
}

/// Collects values and gives them away as a ``Buffer`` without copying.
public struct BufferBuilder<Element: BitwiseCopyable & Sendable>: ~Copyable {
    private var memory: OwnedMemory<Element>
    /// How many values were appended.
    public private(set) var count = 0

    /// Creates a builder with room for `capacity` values; it grows beyond that.
    public init(capacity: Int = 16) {
        self.memory = OwnedMemory(capacity: Swift.max(capacity, 1))
    }

    /// Appends one value. Amortised O(1).
    @inline(__always)
    public mutating func append(_ value: Element) {
        if count == memory.capacity { grow(to: count &* 2) }
        (memory.base + count).initialize(to: value)
        count &+= 1
    }

    /// Appends `number` copies of one value.
    public mutating func append(repeating value: Element, count number: Int) {
        reserve(number)
        (memory.base + count).initialize(repeating: value, count: number)
        count &+= number
    }

    /// Appends the values of a buffer.
    public mutating func append(contentsOf values: UnsafeBufferPointer<Element>) {
        guard let source = values.baseAddress else { return }
        reserve(values.count)
        (memory.base + count).initialize(from: source, count: values.count)
        count &+= values.count
    }

    /// Appends values that `fill` initialises, all of them; none if it throws.
    @inline(__always)
    public mutating func append<Failure: Error>(
        count number: Int,
        _ fill: (UnsafeMutablePointer<Element>) throws(Failure) -> Void
    ) throws(Failure) {
        reserve(number)
        try fill(memory.base + count)
        count &+= number
    }

    /// The value at `index`, for reading back or correcting.
    public subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count, "BufferBuilder index out of range")
            return memory.base[index]
        }
        set {
            precondition(index >= 0 && index < count, "BufferBuilder index out of range")
            memory.base[index] = newValue
        }
    }

    /// Gives the values away and starts again, empty.
    public mutating func take() -> Buffer<Element> {
        let taken = Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
        memory = OwnedMemory(capacity: 16)
        count = 0
        return taken
    }

    private mutating func reserve(_ additional: Int) {
        let needed = count + additional
        if needed > memory.capacity { grow(to: Swift.max(needed, memory.capacity * 2)) }
    }

    private mutating func grow(to capacity: Int) {
        let larger = OwnedMemory<Element>(capacity: capacity)
        larger.base.initialize(from: memory.base, count: count)
        memory = larger
    }
}
