import Columnar

/// The WAL file that is written now. Belongs to the WAL thread.
struct WALFile: ~Copyable {
    let firstLSN: LSN
    /// The open file.
    let file: any WritableFile
    /// Length of what is whole.
    private(set) var length: Int
    /// Whether it was cut back, and that is not durable.
    private(set) var hasUnsyncedCut = false

    private init(firstLSN: LSN, file: any WritableFile) {
        self.firstLSN = firstLSN
        self.file = file
        self.length = WALFormat.fileHeaderBytes
    }

    /// Creates the file of a directory whose first record will have this LSN; durable on return.
    static func create(directory: String, firstLSN: LSN, files: any FileSystem) throws(TableError) -> WALFile {
        let path = directory + "/" + WALFormat.fileName(firstLSN: firstLSN)
        var header = ByteWriter()
        WALFormat.putFileHeader(firstLSN: firstLSN, to: &header)
        do throws(TableError) {
            let file = try files.open(path, .create)
            try file.writeAll(header.bytes, at: 0)
            try file.sync()
            try files.syncDirectory(directory)
            return WALFile(firstLSN: firstLSN, file: file)
        } catch {
            // What is left of it would be taken for the tail.
            try? files.remove(path)
            throw error
        }
    }

    /// Appends whole records that end at the given offsets of `bytes`. Returns how many are in the file, and why not
    /// all.
    ///
    /// What was written of a record that does not fit is cut off again. Throws if even that fails: then nobody knows
    /// what the file holds.
    mutating func append(
        _ bytes: UnsafeRawBufferPointer,
        recordEnds: [Int]
    ) throws(TableError) -> (whole: Int, failure: TableError?) {
        var written = 0
        do throws(TableError) {
            try file.writeAll(bytes, at: length, written: &written)
            length += bytes.count
            return (recordEnds.count, nil)
        } catch {
            guard error.code == .diskFull else { throw error }
            let whole = recordEnds.prefix { $0 <= written }.count
            length += whole == 0 ? 0 : recordEnds[whole - 1]
            hasUnsyncedCut = true
            try file.truncate(to: length)
            return (whole, error)
        }
    }

    /// Makes all of it durable.
    mutating func sync(_ syncer: WALSyncer) throws(TableError) {
        try syncer.sync(file)
        hasUnsyncedCut = false
    }
}
