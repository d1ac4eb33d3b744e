/// A growing run of bytes that writers fill through a pointer: room is asked for once a row, not once a byte.
///
/// Invariant: `count <= capacity`; ``claim(_:)`` makes room before anything is written.
final class ByteSink {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 4096) {
        self.base = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit { base.deallocate() }

    /// Makes room for `additional` bytes and returns where they go; say with ``advance(by:)`` how many were written.
    @inline(__always)
    func claim(_ additional: Int) -> UnsafeMutablePointer<UInt8> {
        if count &+ additional > capacity { grow(additional) }
        return base + count
    }

    /// Takes over bytes that were written at ``claim(_:)``'s pointer.
    @inline(__always)
    func advance(by written: Int) {
        count &+= written
        assert(count <= capacity, "written past what was claimed")
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        claim(1)[0] = byte
        count &+= 1
    }

    @inline(__always)
    func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        claim(bytes.count).update(from: source, count: bytes.count)
        count &+= bytes.count
    }

    /// Appends the same byte a number of times.
    func append(repeating byte: UInt8, count number: Int) {
        claim(number).update(repeating: byte, count: number)
        count += number
    }

    /// Appends the four bytes of a word, as they lie in memory.
    @inline(__always)
    func append(word: UInt32) {
        UnsafeMutableRawPointer(claim(4)).storeBytes(of: word, as: UInt32.self)
        count &+= 4
    }

    func append(_ text: StaticString) {
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { append($0) } }

    /// The first byte; good until more is written.
    var start: UnsafePointer<UInt8> { UnsafePointer(base) }

    /// All bytes; good until more are written.
    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base, count: count) }

    /// Calls `body` with all bytes as words; there must be nothing else among them.
    func withWords<Result>(_ body: (UnsafeMutableBufferPointer<UInt32>) -> Result) -> Result {
        base.withMemoryRebound(to: UInt32.self, capacity: count / 4) {
            body(UnsafeMutableBufferPointer(start: $0, count: count / 4))
        }
    }

    /// Forgets what was written.
    func removeAll() { count = 0 }

    /// Moves everything to the end of an array.
    func drain(into bytes: inout [UInt8]) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
        count = 0
    }

    private func grow(_ additional: Int) {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: max(capacity * 2, count + additional))
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
        capacity = max(capacity * 2, count + additional)
    }
}
