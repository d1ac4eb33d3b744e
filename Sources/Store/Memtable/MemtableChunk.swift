import Columnar
import Synchronization

/// A run of rows in memory, all in the same physical forms: of one series, or in an arena of many. Append-only.
///
/// 1. The WAL thread alone writes, and only rows at or after ``count``, which it then releases.
/// 2. A reader acquires ``count`` (or what was released after it) and reads rows below it, without a lock.
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
    let texts: [TextArena?]

    private let memory: UnsafeMutableRawPointer
    /// Where each column's values and null bytes start in `memory`.
    private let valueOffsets: [Int]
    private let nullOffsets: [Int]
    private let lsnOffset: Int
    private let baseLSN: LSN

    /// What a chunk costs beside its rows: two objects and four arrays.
    private static let chunkBytes = 256
    /// What a column of a chunk costs beside its rows.
    private static let columnBytes = 48

    init(layouts: [ColumnLayout], capacity: Int, textBytes: [Int], baseLSN: LSN) {
        self.layouts = layouts
        self.capacity = capacity
        self.baseLSN = baseLSN
        var size = 0
        var valueOffsets: [Int] = []
        var nullOffsets: [Int] = []
        valueOffsets.reserveCapacity(layouts.count)
        nullOffsets.reserveCapacity(layouts.count)
        for layout in layouts {
            valueOffsets.append(size)
            size += Self.aligned(layout.valueBytes * (layout.kind == .text ? capacity + 1 : capacity))
            nullOffsets.append(size)
            if layout.isNullable { size += Self.aligned(capacity) }
        }
        self.lsnOffset = size
        size += Self.aligned(capacity * 4)
        self.valueOffsets = valueOffsets
        self.nullOffsets = nullOffsets
        self.memory = .allocate(byteCount: max(size, 8), alignment: 16)
        self.texts = zip(layouts, textBytes).map { $0.kind == .text ? TextArena(capacity: $1) : nil }
        let textTotal = texts.reduce(0) { $0 + ($1?.capacity ?? 0) }
        self.byteCount = size + textTotal + Self.chunkBytes + layouts.count * Self.columnBytes
        for (index, layout) in layouts.enumerated() where layout.kind == .text {
            values(index, UInt32.self).initialize(to: 0)
        }
    }

    deinit { memory.deallocate() }

    private static func aligned(_ size: Int) -> Int { (size + 7) & ~7 }

    // MARK: Memory

    /// Where the values of a column start: a text column has the ends of its rows from 1 on.
    func values<Element>(_ column: Int, _ type: Element.Type) -> UnsafeMutablePointer<Element> {
        (memory + valueOffsets[column]).assumingMemoryBound(to: Element.self)
    }

    /// Where the null bytes of a column start, 1 for a row without a value; only if its layout is nullable.
    func nulls(_ column: Int) -> UnsafeMutablePointer<UInt8> {
        (memory + nullOffsets[column]).assumingMemoryBound(to: UInt8.self)
    }

    private var stamps: UnsafeMutablePointer<UInt32> { (memory + lsnOffset).assumingMemoryBound(to: UInt32.self) }

    // MARK: Room

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

    /// Stamps rows that were written after ``count`` with their batch and publishes them.
    func publish(_ rows: Int, lsn: LSN) {
        let start = count.load(ordering: .relaxed)
        (stamps + start).update(repeating: UInt32(truncatingIfNeeded: lsn - baseLSN), count: rows)
        count.store(start + rows, ordering: .releasing)
    }

    // MARK: Reading

    /// Whether a row came with a batch up to `lsn`.
    func isVisible(_ row: Int, upTo lsn: LSN) -> Bool { baseLSN + UInt64(stamps[row]) <= lsn }

    /// How many of the first rows came with batches up to `lsn`.
    func visibleCount(upTo lsn: LSN) -> Int {
        let published = count.load(ordering: .acquiring)
        if published == 0 || isVisible(published - 1, upTo: lsn) { return published }
        var lower = 0
        var upper = published
        while lower < upper {
            let middle = (lower + upper) / 2
            if isVisible(middle, upTo: lsn) { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }

    /// The first `rows` values of a column, where they lie; null if the column was added to the table later.
    func vector(column: Int, type: ColumnType, rows: Int, symbols: SymbolDictionary?) -> Vector {
        guard column < layouts.count else { return Vector(type: type, form: .constant(.null, count: rows)) }
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
            form = .text(offsets: offsets, bytes: texts[column]?.bytes(Int(offsets[rows])) ?? Buffer([]))
        }
        return Vector(type: type, form: form, validity: validity(column, rows))
    }

    /// The number, or null, in one row of a column; nil for a column of texts.
    func number(column: Int, type: ColumnType, row: Int) -> Scalar? {
        guard column < layouts.count else { return .null }
        if layouts[column].isNullable, nulls(column)[row] != 0 { return .null }
        switch layouts[column].kind {
        case .none: return .null
        case .boolean: return .boolean(values(column, UInt8.self)[row] != 0)
        case .int64:
            let value = values(column, Int64.self)[row]
            return type == .timestamp ? .timestamp(value) : .int64(value)
        case .float64: return .float64(values(column, Double.self)[row])
        case .scaledInteger(let scale):
            return .float64(ScaledInteger.double(values(column, Int64.self)[row], scale: scale))
        case .code, .text: return nil
        }
    }

    /// The first `rows` times.
    func times(column: Int, rows: Int) -> Buffer<Int64> { buffer(column, rows) }

    private func buffer<Element>(_ column: Int, _ count: Int) -> Buffer<Element> {
        Buffer(base: UnsafePointer(values(column, Element.self)), count: count, owner: self)
    }

    /// Nil if all of the first `rows` rows have a value.
    private func validity(_ column: Int, _ rows: Int) -> Validity? {
        guard layouts[column].isNullable else { return nil }
        return ValidityBits.fromNullBytes(UnsafeBufferPointer(start: nulls(column), count: rows))
    }
}
