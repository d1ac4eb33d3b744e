public import Columnar

/// Files of one directory, each written under another name, made durable, and then given its own.
///
/// A crash leaves the old file, the new one, or the old one and a part of the new one under the other name, which is no file
/// of the directory and is written over by the next one.
public struct AtomicFiles: StateFiles {
    private let directory: String
    private let files: any FileSystem

    /// What the names of files end with that are being written.
    private static let unfinished = ".part"

    /// The files of a directory, which is made with the first one.
    public init(directory: String, fileSystem: any FileSystem = PosixFileSystem()) {
        self.directory = directory
        files = fileSystem
    }

    /// See ``StateFiles/names()``.
    public func names() throws(TableError) -> [String] {
        try files.list(directory).filter { !$0.hasSuffix(Self.unfinished) }
    }

    /// See ``StateFiles/read(_:bytesMax:)``.
    public func read(_ name: String, bytesMax: Int) throws(TableError) -> [UInt8]? {
        guard let file = try files.openForReading(path(name)), file.byteCount <= bytesMax else { return nil }
        let memory = OwnedMemory<UInt8>(capacity: file.byteCount)
        let target = UnsafeMutableRawBufferPointer(start: memory.base, count: file.byteCount)
        if !target.isEmpty { try file.read(at: 0, into: target) }
        return withExtendedLifetime(memory) { Array(target) }
    }

    /// See ``StateFiles/replace(_:with:)``.
    public func replace(_ name: String, with bytes: [UInt8]) throws(TableError) {
        try files.createDirectory(directory)
        let part = path(name) + Self.unfinished
        let file = try files.open(part, .create)
        try bytes.withUnsafeBufferPointer { (source) throws(TableError) in
            try file.writeAll(UnsafeRawBufferPointer(source), at: 0)
        }
        // The name must not be there before the bytes are.
        try file.sync()
        try files.rename(part, to: path(name))
        try files.syncDirectory(directory)
    }

    /// See ``StateFiles/remove(_:)``.
    public func remove(_ name: String) throws(TableError) { try files.remove(path(name)) }

    private func path(_ name: String) -> String { "\(directory)/\(name)" }
}
