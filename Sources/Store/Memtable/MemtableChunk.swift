import Columnar
import Synchronization

/// A run of rows of one series in memory, all in the same physical forms. Append-only.
///
/// 1. The WAL thread alone writes, and only rows at or after ``count``, which it then releases.
/// 2. A reader acquires ``count`` and reads rows below it, without a lock.
/// 3. Bytes of a published row never change; the chunk never moves.
final class MemtableChunk: @unchecked Sendable {
    // Sendable: by the three rules above.

    let layouts: [ColumnLayout]
    let capacity: Int
    /// Memory held, in bytes.
    let byteCount: Int
    /// Rows that readers may see.
    let count = Atomic<Int>(0)
    /// The first row that is not in order after the one before it; `Int.max` if all are.
    let firstDescent = Atomic<Int>(Int.max)

    private let memory: UnsafeMutableRawPointer
    /// Where each column's values and null bytes start in `memory`.
    private let valueOffsets: [Int]
    private let nullOffsets: [Int]
    private let lsnOffset: Int
    private let baseLSN: LSN
    private let texts: [TextArena?]

    init(layouts: [ColumnLayout], capacity: Int, textBytes: [Int], baseLSN: LSN) {
        self.layouts = layouts
        self.capacity = capacity
        self.baseLSN = baseLSN
        var size = 0
        var valueOffsets: [Int] = []
        var nullOffsets: [Int] = []
        for layout in layouts {
            valueOffsets.append(size)
            let width = layout.rowBytes - (layout.isNullable ? 1 : 0)
            size += Self.aligned(width * (layout.kind == .text ? capacity + 1 : capacity))
            nullOffsets.append(size)
            if layout.isNullable { size += Self.aligned(capacity) }
        }
        self.lsnOffset = size
        size += Self.aligned(capacity * 4)
        self.valueOffsets = valueOffsets
        self.nullOffsets = nullOffsets
        self.memory = .allocate(byteCount: max(size, 8), alignment: 16)
        self.texts = zip(layouts, textBytes).map { $0.kind == .text ? TextArena(capacity: $1) : nil }
        self.byteCount = size + texts.reduce(0) { $0 + ($1?.capacity ?? 0) } + 256
        for (index, layout) in layouts.enumerated() where layout.kind == .text {
            pointer(index, UInt32.self).initialize(to: 0)
        }
    }

    deinit { memory.deallocate() }

    private static func aligned(_ size: Int) -> Int { (size + 7) & ~7 }

    // MARK: Writing

    /// Whether the columns have this chunk's forms.
    func accepts(_ columns: [Vector?]) -> Bool {
        for index in layouts.indices where !layouts[index].accepts(columns[index]) { return false }
        return true
    }

    /// Whether `rows` more rows, with these bytes of text a column, fit after what is there.
    func hasRoom(rows: Int, textBytes: [Int], lsn: LSN) -> Bool {
        guard count.load(ordering: .relaxed) + rows <= capacity, lsn - baseLSN <= UInt64(UInt32.max) else {
            return false
        }
        for (arena, bytes) in zip(texts, textBytes) {
            if let arena, arena.used + bytes > arena.capacity { return false }
        }
        return true
    }

    /// Bytes of text a row that the next chunk should have room for, by what this one took.
    func textBytesPerRow(column: Int) -> Int {
        guard let arena = texts[column] else { return 0 }
        return arena.used / max(count.load(ordering: .relaxed), 1) * 5 / 4
    }

    /// Appends rows that ``hasRoom(rows:textBytes:lsn:)`` and that the layouts accept, and publishes them.
    func append(_ columns: [Vector?], rows: Range<Int>, lsn: LSN, symbols: [SymbolDictionary?]) {
        let start = count.load(ordering: .relaxed)
        for index in layouts.indices {
            write(columns[index]?.slice(rows), rows.count, column: index, at: start, symbols[index])
        }
        (memory + lsnOffset).assumingMemoryBound(to: UInt32.self).advanced(by: start)
            .update(repeating: UInt32(truncatingIfNeeded: lsn - baseLSN), count: rows.count)
        count.store(start + rows.count, ordering: .releasing)
    }

    private func write(_ vector: Vector?, _ rows: Int, column: Int, at start: Int, _ symbols: SymbolDictionary?) {
        let layout = layouts[column]
        if layout.isNullable { writeNulls(vector, rows, column, start) }
        switch layout.kind {
        case .none: break
        case .boolean: copy(vector.map(Plain.boolean), rows, column, start, null: 0)
        case .float64: copy(vector.map(Plain.float64), rows, column, start, null: 0)
        case .int64, .scaledInteger: copy(vector.map(Plain.int64), rows, column, start, null: 0)
        case .code: writeCodes(vector, rows, column, start, symbols)
        case .text: writeText(vector, rows, column, start)
        }
    }

    private func copy<Element>(_ source: Buffer<Element>?, _ rows: Int, _ column: Int, _ start: Int, null: Element) {
        let target = pointer(column, Element.self) + start
        guard let source else { return target.update(repeating: null, count: rows) }
        source.withUnsafeBufferPointer { values in
            if let base = values.baseAddress { target.update(from: base, count: rows) }
        }
    }

    private func writeCodes(_ vector: Vector?, _ rows: Int, _ column: Int, _ start: Int, _ symbols: SymbolDictionary?) {
        let target = pointer(column, UInt32.self) + start
        switch vector?.form {
        case .dictionary(let codes, let dictionary):
            codes.withUnsafeBufferPointer { symbols?.translate($0, of: dictionary, to: target) }
        case .constant(.text(let text), _): target.update(repeating: symbols?.intern(text) ?? 0, count: rows)
        default: target.update(repeating: 0, count: rows)
        }
    }

    private func writeText(_ vector: Vector?, _ rows: Int, _ column: Int, _ start: Int) {
        guard let arena = texts[column] else { return }
        let ends = pointer(column, UInt32.self) + start + 1
        switch vector?.form {
        case .text(let offsets, let bytes):
            let first = offsets[0]
            let shift = UInt32(arena.used) &- first
            for row in 0..<rows { ends[row] = offsets[row + 1] &+ shift }
            arena.append(bytes.slice(Int(first)..<Int(offsets[rows])))
        case .constant(.text(let text), _):
            let bytes = Buffer(Array(text.utf8))
            for row in 0..<rows {
                arena.append(bytes)
                ends[row] = UInt32(arena.used)
            }
        default: ends.update(repeating: UInt32(arena.used), count: rows)
        }
    }

    private func writeNulls(_ vector: Vector?, _ rows: Int, _ column: Int, _ start: Int) {
        let target = (memory + nullOffsets[column]).assumingMemoryBound(to: UInt8.self) + start
        guard let vector else { return target.update(repeating: 1, count: rows) }
        if case .constant(.null, _) = vector.form { return target.update(repeating: 1, count: rows) }
        guard let validity = vector.validity else { return target.update(repeating: 0, count: rows) }
        for row in 0..<rows { target[row] = validity[row] ? 0 : 1 }
    }

    private func pointer<Element>(_ column: Int, _ type: Element.Type) -> UnsafeMutablePointer<Element> {
        (memory + valueOffsets[column]).assumingMemoryBound(to: Element.self)
    }

    // MARK: Reading

    /// How many of the first rows came with batches up to `lsn`.
    func visibleCount(upTo lsn: LSN) -> Int {
        let published = count.load(ordering: .acquiring)
        guard lsn >= baseLSN else { return 0 }
        let bound = lsn - baseLSN
        let stamps = (memory + lsnOffset).assumingMemoryBound(to: UInt32.self)
        guard published > 0, UInt64(stamps[published - 1]) > bound else { return published }
        var lower = 0
        var upper = published
        while lower < upper {
            let middle = (lower + upper) / 2
            if UInt64(stamps[middle]) <= bound { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }

    /// The first `rows` values of a column, where they lie.
    func vector(column: Int, type: ColumnType, rows: Int, symbols: SymbolDictionary?) -> Vector {
        let form: Vector.Form
        switch layouts[column].kind {
        case .none: return Vector(type: type, form: .constant(.null, count: rows))
        case .boolean: form = .boolean(buffer(column, rows))
        case .int64: form = .int64(buffer(column, rows))
        case .float64: form = .float64(buffer(column, rows))
        case .scaledInteger(let scale): form = .scaledInteger(buffer(column, rows), scale: scale)
        case .code: form = .dictionary(buffer(column, rows), symbols?.stable ?? StringDictionary([]))
        case .text:
            let offsets: Buffer<UInt32> = buffer(column, rows + 1)
            let bytes = texts[column]?.bytes(Int(offsets[rows])) ?? Buffer([])
            form = .text(offsets: offsets, bytes: bytes)
        }
        return Vector(type: type, form: form, validity: validity(column, rows))
    }

    /// The first `rows` times.
    func times(column: Int, rows: Int) -> Buffer<Int64> { buffer(column, rows) }

    private func buffer<Element>(_ column: Int, _ count: Int) -> Buffer<Element> {
        Buffer(base: UnsafePointer(pointer(column, Element.self)), count: count, owner: self)
    }

    /// Nil if all of the first `rows` rows have a value.
    private func validity(_ column: Int, _ rows: Int) -> Validity? {
        guard layouts[column].isNullable else { return nil }
        let nulls = (memory + nullOffsets[column]).assumingMemoryBound(to: UInt8.self)
        return ValidityBits.fromNullBytes(UnsafeBufferPointer(start: nulls, count: rows))
    }
}

/// Bytes of text of one column of a chunk.
private final class TextArena {
    let capacity: Int
    private(set) var used = 0
    private let memory: OwnedMemory<UInt8>

    init(capacity: Int) {
        self.capacity = capacity
        self.memory = OwnedMemory(capacity: capacity)
    }

    func append(_ bytes: Buffer<UInt8>) {
        precondition(bytes.count <= capacity - used, "BUG: text of a chunk outgrows what was counted")
        bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            (memory.base + used).update(from: base, count: bytes.count)
        }
        used += bytes.count
    }

    func bytes(_ count: Int) -> Buffer<UInt8> { Buffer(base: UnsafePointer(memory.base), count: count, owner: memory) }
}
