public import Columnar

/// All that the store asks of a disk. Everything the store reads or writes goes through it, so that tests can put a
/// disk with faults in its place.
///
/// Errors have the code ``TableError/Code-swift.enum/diskFull`` if there is no room, else
/// ``TableError/Code-swift.enum/io``, and name the path. Calls may block and may come from any thread.
public protocol FileSystem: Sendable {
    /// Makes a directory and its parents, durable on return, for its owner alone (0700); does nothing if it exists.
    func createDirectory(_ path: String) throws(TableError)
    /// Names in a directory, in any order; empty if there is no such directory.
    func list(_ directory: String) throws(TableError) -> [String]
    /// Opens a file to write it.
    func open(_ path: String, _ mode: FileMode) throws(TableError) -> any WritableFile
    /// Shows a whole file in memory. The file must not shrink while it is mapped. Nil if there is no such file.
    func map(_ path: String) throws(TableError) -> MappedBytes?
    /// Opens a file to read parts of it. Nil if there is no such file.
    func openForReading(_ path: String) throws(TableError) -> (any ReadableFile)?
    /// Gives a file a second name, which must be free; both then show the same bytes. Copies if the names are on different
    /// disks. Durable only after ``syncDirectory(_:)``.
    func link(_ source: String, to target: String) throws(TableError)
    /// Gives a file another name, replacing what had it. Durable only after ``syncDirectory(_:)``.
    func rename(_ source: String, to target: String) throws(TableError)
    /// Removes a file; does nothing if it is gone. Mapped bytes and open files stay readable.
    func remove(_ path: String) throws(TableError)
    /// Removes a directory if it is empty; does nothing if it is gone or not empty.
    func removeDirectory(_ path: String) throws(TableError)
    /// Makes the names in a directory durable.
    func syncDirectory(_ path: String) throws(TableError)
    /// Claims a directory for this store until the lock is released; refuses if another has it.
    func lock(_ directory: String) throws(TableError) -> any DirectoryLock
}

/// How a file is opened.
public enum FileMode: Sendable, Hashable {
    /// Created, or emptied if it exists.
    case create
    /// Must exist; keeps its bytes.
    case existing
}

/// A file open for writing. Closed when released.
public protocol WritableFile: AnyObject, Sendable {
    /// Writes bytes at an offset and returns how many, which may be fewer than given but not 0.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(TableError) -> Int
    /// Cuts the file to a length.
    func truncate(to length: Int) throws(TableError)
    /// Makes all that was written durable, and the length with it.
    func sync() throws(TableError)
}

/// A file open for reading. Closed when released.
public protocol ReadableFile: AnyObject, Sendable {
    /// Its length when it was opened.
    var byteCount: Int { get }
    /// Copies bytes from an offset to `target`, all of them; an end of file before is an error.
    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(TableError)
}

/// Holds a directory until it is released.
public protocol DirectoryLock: AnyObject, Sendable {
    /// Lets others have the directory.
    func release()
}

/// A file's bytes in memory, 8-byte aligned, unchanged for as long as the object lives.
public final class MappedBytes: @unchecked Sendable {
    // Sendable: the bytes are immutable, and `onRelease` runs once, in deinit.

    /// The bytes; valid while the object lives.
    public let bytes: UnsafeRawBufferPointer
    private let onRelease: @Sendable (UnsafeRawBufferPointer) -> Void

    /// Wraps memory that `onRelease` gives back.
    public init(bytes: UnsafeRawBufferPointer, onRelease: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) {
        self.bytes = bytes
        self.onRelease = onRelease
    }

    deinit { onRelease(bytes) }
}

extension WritableFile {
    /// Writes all bytes; `written` tells how many went in, also when it throws.
    func writeAll(_ bytes: UnsafeRawBufferPointer, at offset: Int, written: inout Int) throws(TableError) {
        written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            written += try write(rest, at: offset + written)
        }
    }

    /// Writes all bytes.
    func writeAll(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(TableError) {
        var written = 0
        try writeAll(bytes, at: offset, written: &written)
    }
}
