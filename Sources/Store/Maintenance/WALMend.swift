import Columnar

/// Puts a record that says "lost" where a WAL file cannot be read, so that the records after it can be replayed.
struct WALMend {
    let directory: String
    let files: any FileSystem
    let path: String

    /// Mends the damage at an offset, which replay found after `lastLSN`. Says what is lost.
    func run(at offset: Int, lastLSN: LSN) throws(TableError) -> String {
        let name = String(path.dropFirst(directory.count + 1))
        guard let first = WALFormat.firstLSN(ofFile: name) else { throw TableError(.io, "\(path) is no WAL file") }
        if first > lastLSN + 1, offset == 0 { return try bridge(from: lastLSN + 1, to: first - 1) }
        guard let mapped = try files.map(path) else { throw TableError(.io, "\(path) is missing") }
        let bytes = mapped.bytes
        let place = place(of: offset, in: bytes, first: first)
        let next = WALReplay.findRecord(in: bytes, from: place.end)
        let successor = try self.successor(of: first)
        guard let through = next.map({ $0.header.lsn - 1 }) ?? successor.map({ $0 - 1 }), through >= place.lsn else {
            try rewrite(first: first, bytes: bytes, head: place.start, lost: nil, tail: nil)
            return "\(path) cannot be read from offset \(place.start) on: records from \(place.lsn) on are lost"
        }
        try rewrite(
            first: first,
            bytes: bytes,
            head: place.start,
            lost: (place.lsn, through),
            tail: next?.offset
        )
        let what = through == place.lsn ? "record \(place.lsn) is" : "records \(place.lsn) to \(through) are"
        return "\(path) cannot be read at offset \(place.start): \(what) lost"
    }

    /// The record that holds an offset: where it starts, its number, and where to look for the next one.
    private func place(
        of offset: Int,
        in bytes: UnsafeRawBufferPointer,
        first: LSN
    ) -> (start: Int, end: Int, lsn: LSN) {
        var start = WALFormat.fileHeaderBytes
        var lsn = first
        while let header = WALRecordHeader.read(bytes, at: start) {
            let end = start + header.byteCount
            if offset < end, offset >= start || header.lsn != lsn { return (start, end, lsn) }
            start = end
            lsn = header.lsn + 1
            if header.kind == WALRecordKind.lost.rawValue {
                lsn = Swift.max(lsn, Self.lastLost(bytes, start - header.byteCount) + 1)
            }
        }
        return (min(start, bytes.count), start + 8, lsn)
    }

    private static func lastLost(_ bytes: UnsafeRawBufferPointer, _ record: Int) -> LSN {
        let offset = record + WALFormat.recordHeaderBytes
        guard offset + 8 <= bytes.count else { return 0 }
        return LSN(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: LSN.self))
    }

    private func successor(of first: LSN) throws(TableError) -> LSN? {
        try files.list(directory).compactMap(WALFormat.firstLSN).filter { $0 > first }.min()
    }

    /// A file that stands for missing ones.
    private func bridge(from lsn: LSN, to last: LSN) throws(TableError) -> String {
        let mend = WALMend(
            directory: directory,
            files: files,
            path: "\(directory)/\(WALFormat.fileName(firstLSN: lsn))"
        )
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        try mend.rewrite(first: lsn, bytes: nothing, head: 0, lost: (lsn, last), tail: nil)
        return "a WAL file before \(path) is missing: records \(lsn) to \(last) are lost"
    }

    /// Writes the file anew: a header, what was before the damage, the record that stands for it, what comes after it.
    private func rewrite(
        first: LSN,
        bytes: UnsafeRawBufferPointer,
        head: Int,
        lost: (from: LSN, through: LSN)?,
        tail: Int?
    ) throws(TableError) {
        var writer = ByteWriter(capacity: bytes.count + 128)
        WALFormat.putFileHeader(firstLSN: first, to: &writer)
        if head > WALFormat.fileHeaderBytes {
            writer.put(UnsafeRawBufferPointer(rebasing: bytes[WALFormat.fileHeaderBytes..<head]))
        }
        if let lost {
            let start = WALRecordHeader.begin(.lost, lsn: lost.from, durableLSN: lost.from - 1, in: &writer)
            writer.put(lost.through)
            WALRecordHeader.finish(recordAt: start, in: &writer)
        }
        if let tail { writer.put(UnsafeRawBufferPointer(rebasing: bytes[tail...])) }
        let temporary = path + ".tmp"
        let file = try files.open(temporary, .create)
        try file.writeAll(writer.bytes, at: 0)
        try file.sync()
        try files.rename(temporary, to: path)
        try files.syncDirectory(directory)
    }
}
