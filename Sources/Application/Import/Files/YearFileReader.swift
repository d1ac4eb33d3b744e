import Columnar
import MarketStore

/// Reads a year file slot by slot, together with what pending writes add to it.
///
/// Memory: some hundred kilobytes of slots, the rows of one batch, and the rows of one variable slot.
struct YearFileReader {
    /// Slots that are read at a time, in bytes.
    private static let chunkBytes = 256 * 1024

    let header: YearFileHeader
    /// Rows of the first of January of daily files, which MarketStore writes into the header and never shows.
    private(set) var hiddenRows = 0
    /// Rows that only a write-ahead log had.
    private(set) var pendingRows = 0

    private let file: SparseFile?
    /// Rows that are given together; a slot's rows are never parted.
    private let batchRows: Int
    private let slots: SlotRows
    private var pending: [Int64: [PendingWrites.Write]] = [:]
    private let logs: [SparseFile]
    private var rows: BucketRows
    private var payload: [UInt8] = []

    /// A reader of a file, or of writes to one that is not there.
    init(
        header: YearFileHeader,
        file: SparseFile?,
        zone: ZoneRules,
        compression: SlotRows.Compression,
        writes: [PendingWrites.Write],
        logs: [SparseFile]
    ) {
        self.header = header
        self.file = file
        self.logs = logs
        let times = SlotTimes(year: header.year, timeframe: header.timeframe, zone: zone)
        slots = SlotRows(header: header, times: times, compression: compression)
        rows = BucketRows(columns: header.columns, isVariable: header.isVariable)
        batchRows = RowSink.rowsAtATime(rowBytes: header.columnBytes)
        for write in writes { pending[write.index, default: []].append(write) }
    }

    /// The instants of the year: from its first slot to the end of its last.
    var span: (start: Int64, end: Int64) {
        let isDaily = header.timeframe == CivilTime.day
        let start = slots.times.start(ofIndex: isDaily ? 0 : 1) ?? .min
        let end = slots.times.start(ofIndex: header.slotCount + (isDaily ? 0 : 1)) ?? .max
        return (start, end)
    }

    /// Gives all rows in batches, and what is damaged; goes on behind damage.
    ///
    /// - Parameters:
    ///   - progress: is called with the part of the slots that is done, 0 to 1.
    ///   - damage: is called with the path of the damaged file.
    ///   - emit: takes a batch.
    mutating func read(
        progress: (Double) -> Void,
        damage: (String, FileDamage) -> Void,
        emit: (BucketRows) throws -> Void
    ) throws {
        if let file {
            checkLength(file, damage)
            try readHidden(file, damage)
            try readSlots(file, progress, damage, emit)
        }
        for index in pending.keys.sorted() {
            try take(index, slot: nil, file, damage)
            try flush(emit, atLeast: batchRows)
        }
        try flush(emit, atLeast: 1)
        progress(1)
    }

    private mutating func flush(_ emit: (BucketRows) throws -> Void, atLeast count: Int) throws {
        guard rows.count >= count else { return }
        try emit(rows)
        rows.removeAll()
    }

    private func checkLength(_ file: SparseFile, _ damage: (String, FileDamage) -> Void) {
        // The zone's own length of the year may differ by an hour's slots.
        let slack = CivilTime.day / header.timeframe + 1
        let shortest = header.offset(ofIndex: max(1, header.slotCount - slack))
        guard file.byteCount < shortest else { return }
        let message = "the file ends here; with the slots of its year it has \(header.slotsEnd) bytes at least"
        damage(file.path, FileDamage(file.byteCount, message))
    }

    /// Daily files put the slot of the first of January, whose index is 0, before the slots, into the header's reserve.
    private mutating func readHidden(_ file: SparseFile, _ damage: (String, FileDamage) -> Void) throws {
        guard header.timeframe == CivilTime.day, header.recordLength <= YearFileHeader.reservedBytes else { return }
        var slot: [UInt8] = []
        try file.read(header.offset(ofIndex: 0)..<header.offset(ofIndex: 1), into: &slot)
        guard slot.contains(where: { $0 != 0 }) else { return }
        let before = rows.count
        try slot.withUnsafeBytes { try take(0, slot: $0, file, damage) }
        hiddenRows += rows.count - before
    }

    private mutating func readSlots(
        _ file: SparseFile,
        _ progress: (Double) -> Void,
        _ damage: (String, FileDamage) -> Void,
        _ emit: (BucketRows) throws -> Void
    ) throws {
        let length = Int64(header.recordLength)
        let head = Int64(YearFileHeader.byteCount)
        let area = header.isVariable ? min(header.slotsEnd, file.byteCount) : file.byteCount
        var next: Int64 = 1
        var buffer: [UInt8] = []
        while let data = file.data(from: header.offset(ofIndex: next)), data.lowerBound < area {
            next = max(next, (data.lowerBound - head) / length + 1)
            // Up to the last slot that the stretch touches; a rest at the end of the file is no whole slot.
            let last = min((min(data.upperBound, area) - head + length - 1) / length, (area - head) / length)
            guard next <= last else { break }
            while next <= last {
                let end = min(last, next + max(1, Int64(Self.chunkBytes) / length) - 1)
                try file.read(header.offset(ofIndex: next)..<header.offset(ofIndex: end + 1), into: &buffer)
                try buffer.withUnsafeBytes { bytes in
                    for position in next...end {
                        let start = Int((position - next) * length)
                        guard start + Int(length) <= bytes.count else { break }
                        let slot = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(length)])
                        try visit(position, slot, file, damage)
                        try flush(emit, atLeast: batchRows)
                    }
                }
                next = end + 1
                progress(Double(next) / Double(max(1, header.slotCount)))
            }
        }
    }

    private mutating func visit(
        _ position: Int64,
        _ slot: UnsafeRawBufferPointer,
        _ file: SparseFile,
        _ damage: (String, FileDamage) -> Void
    ) throws {
        let index: Int64
        do throws(FileDamage) {
            index = try slots.index(of: slot, position: position)
        } catch {
            damage(file.path, error)
            return
        }
        if index == 0 {
            guard slot.contains(where: { $0 != 0 }) else { return }
            damage(file.path, FileDamage(header.offset(ofIndex: position), "slot \(position) has a row, but no index"))
        } else {
            try take(index, slot: slot, file, damage)
        }
    }

    /// Adds the rows of a slot and of the pending writes to it.
    private mutating func take(
        _ index: Int64,
        slot: UnsafeRawBufferPointer?,
        _ file: SparseFile?,
        _ damage: (String, FileDamage) -> Void
    ) throws {
        let writes = pending.removeValue(forKey: index) ?? []
        do {
            let before = rows.count
            if header.isVariable {
                let stored = try slot.map { try records(of: $0, index, file) } ?? []
                let all = writes.isEmpty ? stored : try merged(stored, writes)
                try slots.append(records: all, index: index, to: &rows)
                pendingRows += (all.count - stored.count) / header.variableRowBytes
            } else if let write = writes.last {
                try read(write)
                let padded = [UInt8](repeating: 0, count: 8) + payload
                try padded.withUnsafeBytes { bytes in
                    try slots.append(fixed: bytes, index: index, to: &rows)
                }
                if slot == nil { pendingRows += rows.count - before }
            } else if let slot {
                try slots.append(fixed: slot, index: index, to: &rows)
            }
        } catch let error as FileDamage {
            damage(file?.path ?? "", error)
        }
    }

    private mutating func records(
        of slot: UnsafeRawBufferPointer,
        _ index: Int64,
        _ file: SparseFile?
    ) throws -> [UInt8] {
        guard let file, let place = try slots.payload(of: slot, index: index, fileBytes: file.byteCount) else {
            return []
        }
        try file.read(place, into: &payload)
        return try payload.withUnsafeBytes { bytes in
            try slots.records(bytes, at: place.lowerBound)
        }
    }

    /// Reads the rows of a write.
    private mutating func read(_ write: PendingWrites.Write) throws {
        let rowBytes = header.isVariable ? header.variableRowBytes : header.columnBytes
        guard write.isVariable == header.isVariable, write.columns.map(\.type) == header.columns.map(\.type),
            write.data.count >= rowBytes, !write.isVariable || write.data.count % rowBytes == 0
        else {
            throw FileDamage(write.data.lowerBound, "a write in \(logs[write.log].path) does not fit the year file")
        }
        try logs[write.log].read(write.data, into: &payload)
    }

    /// The rows of a slot and of pending writes to it, by ticks.
    ///
    /// A write may have reached the file before its checkpoint: each row stands as often as it is in the file or as it was
    /// written, whichever is more.
    private mutating func merged(_ stored: [UInt8], _ writes: [PendingWrites.Write]) throws -> [UInt8] {
        let rowBytes = header.variableRowBytes
        var left: [ArraySlice<UInt8>: Int] = [:]
        var records = Self.rows(stored, rowBytes)
        for record in records { left[record, default: 0] += 1 }
        for write in writes {
            try read(write)
            for record in Self.rows(payload, rowBytes) {
                if let count = left[record], count > 0 {
                    left[record] = count - 1
                } else {
                    records.append(record)
                }
            }
        }
        func ticks(_ record: ArraySlice<UInt8>) -> UInt32 {
            record.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        // Rows of the same ticks keep the order of their writes.
        let order = records.enumerated().sorted { (ticks($0.element), $0.offset) < (ticks($1.element), $1.offset) }
        return order.flatMap(\.element)
    }

    private static func rows(_ bytes: [UInt8], _ rowBytes: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: bytes.count - bytes.count % rowBytes, by: rowBytes).map { bytes[$0..<$0 + rowBytes] }
    }
}
