import Columnar
import Synchronization

/// The rows of all small series of one table in a memtable, in chunks that the series share.
///
/// A series of ten rows in chunks of its own would cost many times its rows. Here its rows lie where they come, among those
/// of others, and each row links to the one before it of its series; the series knows its last row.
///
/// 1. The WAL thread alone appends. A series' last row is released after the row, its link and its chunk's place in
///    ``chunks``: a reader that acquires it can follow all links.
/// 2. There is one open chunk a form: a list of layouts, since series have prices of different scales. Forms that alternate
///    fill one chunk each.
/// 3. The rows of a group lie together in one chunk.
final class RowArena: @unchecked Sendable {
    // Sendable: `published` is behind its mutex; the rest belongs to the WAL thread.

    private let published = Mutex<[ArenaChunk]>([])
    private var forms: [[ColumnLayout]: ArenaForm] = [:]
    private var chunkCount = 0

    /// First chunk of a form; each is twice the one before, so that at most half of an arena is empty, these aside.
    private static let rowsMin = 16

    /// The chunks now, by number.
    var chunks: [ArenaChunk] { published.withLock { $0 } }

    /// Whether no further chunk has a number.
    var isFull: Bool { chunkCount == ArenaRow.chunksMax }

    /// Appends the rows of a group after the series' `previous` row. Unless the arena is full.
    ///
    /// - Parameters:
    ///   - form: the form of the series' rows so far, which is tried first; on return that of these rows.
    /// - Returns: the last row, and how many bytes of memory that took.
    func append(
        _ columns: [Vector?],
        rowCount: Int,
        lsn: LSN,
        after previous: ArenaRow,
        form: inout ArenaForm?,
        table: MemtableTable
    ) -> (last: ArenaRow, bytes: Int) {
        let fitting: ArenaForm
        if let form, form.accepts(columns) { fitting = form } else { fitting = self.form(of: columns) }
        form = fitting
        let text = table.hasText ? TextArena.byteCounts(columns, 0..<rowCount) : []
        var bytes = 0
        let chunk: ArenaChunk
        if let open = fitting.open, open.rows.hasRoom(rows: rowCount, textBytes: text, lsn: lsn) {
            chunk = open
        } else {
            chunk = begin(fitting, rowCount: rowCount, textBytes: text, lsn: lsn)
            bytes = chunk.byteCount
        }
        let last = chunk.link(rowCount, after: previous)
        chunk.rows.append(columns, rows: 0..<rowCount, lsn: lsn, symbols: table.symbols)
        return (last, bytes)
    }

    /// Calls `body` with time and place of a series' rows that came with batches up to `lsn`, from the last to the first,
    /// until it returns false.
    ///
    /// - Parameters:
    ///   - last: the series' last row.
    ///   - chunks: ``chunks``, asked for after `last`.
    func visit(
        from last: ArenaRow,
        in chunks: [ArenaChunk],
        upTo lsn: LSN,
        timeColumn: Int,
        _ body: (Int64, ArenaRow) -> Bool
    ) {
        var next = last
        while next != .none {
            let chunk = chunks[next.chunk]
            if chunk.rows.isVisible(next.row, upTo: lsn),
                !body(chunk.rows.values(timeColumn, Int64.self)[next.row], next)
            {
                return
            }
            next = chunk.previous(next.row)
        }
    }

    private func form(of columns: [Vector?]) -> ArenaForm {
        let layouts = columns.map { ColumnLayout($0, after: nil) }
        if let known = forms[layouts] { return known }
        let form = ArenaForm(layouts: layouts)
        forms[layouts] = form
        return form
    }

    private func begin(_ form: ArenaForm, rowCount: Int, textBytes: [Int], lsn: LSN) -> ArenaChunk {
        let filled = form.open?.rows
        let wanted = max(rowCount, Self.rowsMin, (filled?.count.load(ordering: .relaxed) ?? 0) * 2)
        let capacity = min(ArenaRow.chunkRowsMax, wanted)
        let needed = textBytes.isEmpty ? form.layouts.map { _ in 0 } : textBytes
        let rows = MemtableChunk(
            layouts: form.layouts,
            capacity: capacity,
            textBytes: TextArena.capacities(needed: needed, rows: capacity, after: filled),
            baseLSN: lsn
        )
        let chunk = ArenaChunk(number: chunkCount, rows: rows)
        chunkCount += 1
        published.withLock { $0.append(chunk) }
        form.open = chunk
        return chunk
    }
}

/// Rows of the same layouts, and the chunk that the next of them go to. Belongs to the WAL thread.
final class ArenaForm {
    let layouts: [ColumnLayout]
    var open: ArenaChunk?

    init(layouts: [ColumnLayout]) { self.layouts = layouts }

    func accepts(_ columns: [Vector?]) -> Bool {
        for index in layouts.indices where !layouts[index].accepts(columns[index]) { return false }
        return true
    }
}

/// Where a row lies in an arena: number of the chunk and row in it, in 32 bits.
struct ArenaRow: Sendable, Equatable {
    let rawValue: UInt32

    /// No row.
    static let none = ArenaRow(rawValue: .max)

    private static let rowBits: UInt32 = 13
    /// Rows of a chunk.
    static let chunkRowsMax = 1 << 13
    /// Chunks of an arena. One less than there are numbers, so that no row is ``none``.
    static let chunksMax = 1 << 19 - 1

    init(rawValue: UInt32) { self.rawValue = rawValue }

    init(chunk: Int, row: Int) {
        self.rawValue = UInt32(truncatingIfNeeded: chunk) << Self.rowBits | UInt32(truncatingIfNeeded: row)
    }

    var chunk: Int { Int(rawValue >> Self.rowBits) }
    var row: Int { Int(rawValue & (1 << Self.rowBits - 1)) }
}

/// A chunk of an arena: rows of many series, each with a link to the row before it of its series.
final class ArenaChunk: @unchecked Sendable {
    // Sendable: as the rows, which publish the links with them.

    let rows: MemtableChunk
    private let number: Int
    private let links: OwnedMemory<UInt32>

    init(number: Int, rows: MemtableChunk) {
        precondition(number < ArenaRow.chunksMax, "BUG: a chunk of an arena without a number")
        self.number = number
        self.rows = rows
        self.links = OwnedMemory(capacity: rows.capacity)
    }

    /// Memory held, in bytes.
    var byteCount: Int { rows.byteCount + rows.capacity * 4 + Self.chunkBytes }

    /// Two objects and their places in lists.
    private static let chunkBytes = 112

    /// Links the next rows to each other and to `previous`; they are written and published after it. Returns the last.
    func link(_ count: Int, after previous: ArenaRow) -> ArenaRow {
        let start = rows.count.load(ordering: .relaxed)
        var link = previous
        for row in start..<start + count {
            links.base[row] = link.rawValue
            link = ArenaRow(chunk: number, row: row)
        }
        return link
    }

    /// The row of the same series before a row.
    func previous(_ row: Int) -> ArenaRow { ArenaRow(rawValue: links.base[row]) }
}
