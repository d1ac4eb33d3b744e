public import Columnar
import Glibc
import Synchronization

/// The file system of the operating system.
public struct PosixFileSystem: FileSystem {
    /// Creates it.
    public init() {}

    /// See ``FileSystem/createDirectory(_:)``.
    public func createDirectory(_ path: String) throws(TableError) {
        if mkdir(path, 0o700) == 0 {
            try syncDirectory(Self.parent(of: path))
            return
        }
        switch errno {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw TableError(.io, "\(path) exists and is no directory; choose another data directory")
            }
        case ENOENT where Self.parent(of: path) != path:
            try createDirectory(Self.parent(of: path))
            try createDirectory(path)
        default: throw Self.error("create directory", path)
        }
    }

    /// See ``FileSystem/list(_:)``.
    public func list(_ directory: String) throws(TableError) -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw Self.error("list", directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// See ``FileSystem/open(_:_:)``.
    public func open(_ path: String, _ mode: FileMode) throws(TableError) -> any WritableFile {
        let flags = O_RDWR | O_CLOEXEC | (mode == .create ? O_CREAT | O_TRUNC : 0)
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw Self.error("open", path) }
        return PosixFile(descriptor: descriptor, path: path)
    }

    /// See ``FileSystem/map(_:)``.
    public func map(_ path: String) throws(TableError) -> MappedBytes? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.error("open", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.error("stat", path) }
        let length = Int(status.st_size)
        guard length > 0 else { return MappedBytes(bytes: UnsafeRawBufferPointer(start: nil, count: 0)) { _ in } }
        let address = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0)
        guard let address, address != MAP_FAILED else { throw Self.error("map", path) }
        return MappedBytes(bytes: UnsafeRawBufferPointer(start: address, count: length)) { bytes in
            munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
        }
    }

    /// See ``FileSystem/openForReading(_:)``.
    public func openForReading(_ path: String) throws(TableError) -> (any ReadableFile)? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.error("open", path)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let failure = Self.error("stat", path)
            close(descriptor)
            throw failure
        }
        return PosixReadableFile(descriptor: descriptor, byteCount: Int(status.st_size), path: path)
    }

    /// See ``FileSystem/link(_:to:)``.
    public func link(_ source: String, to target: String) throws(TableError) {
        if Glibc.link(source, target) == 0 { return }
        switch errno {
        // Another disk, or one that knows no links: copy.
        case EXDEV, EPERM, EMLINK, EOPNOTSUPP: try copy(source, to: target)
        default: throw Self.error("link", target)
        }
    }

    private func copy(_ source: String, to target: String) throws(TableError) {
        guard let bytes = try map(source) else { throw TableError(.io, "copy \(source): no such file") }
        let descriptor = Glibc.open(target, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.error("create", target) }
        let file = PosixFile(descriptor: descriptor, path: target)
        try file.writeAll(bytes.bytes, at: 0)
        try file.sync()
    }

    /// See ``FileSystem/rename(_:to:)``.
    public func rename(_ source: String, to target: String) throws(TableError) {
        guard Glibc.rename(source, target) == 0 else { throw Self.error("rename", source) }
    }

    /// See ``FileSystem/remove(_:)``.
    public func remove(_ path: String) throws(TableError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw Self.error("remove", path) }
    }

    /// See ``FileSystem/removeDirectory(_:)``.
    public func removeDirectory(_ path: String) throws(TableError) {
        guard rmdir(path) == 0 || [ENOENT, ENOTEMPTY, EEXIST].contains(errno) else {
            throw Self.error("remove directory", path)
        }
    }

    /// See ``FileSystem/syncDirectory(_:)``.
    public func syncDirectory(_ path: String) throws(TableError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.error("open directory", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.error("fsync directory", path) }
    }

    /// See ``FileSystem/lock(_:)``.
    public func lock(_ directory: String) throws(TableError) -> any DirectoryLock {
        let path = directory + "/LOCK"
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.error("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let refused = errno == EWOULDBLOCK
            let failure = Self.error("lock", path)
            close(descriptor)
            guard refused else { throw failure }
            throw TableError(
                .io,
                "the data directory \(directory) is in use by another process; stop it or choose another directory"
            )
        }
        return PosixLock(descriptor: descriptor)
    }

    static func parent(of path: String) -> String {
        var trimmed = Substring(path)
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }

    /// The error of the last call, which failed.
    static func error(_ call: String, _ path: String) -> TableError {
        let number = errno
        let reason = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        switch number {
        case ENOSPC, EDQUOT, EFBIG: return TableError(.diskFull, "\(call) \(path): \(reason); free space on the disk")
        default: return TableError(.io, "\(call) \(path): \(reason)")
        }
    }
}

private final class PosixFile: WritableFile {
    private let descriptor: Int32
    private let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(TableError) -> Int {
        while true {
            let written = pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
            if written > 0 || (written == 0 && bytes.isEmpty) { return written }
            if written < 0, errno == EINTR { continue }
            if written == 0 { throw TableError(.io, "write \(path): the system wrote nothing") }
            throw PosixFileSystem.error("write", path)
        }
    }

    func truncate(to length: Int) throws(TableError) {
        while ftruncate(descriptor, off_t(length)) != 0 {
            guard errno == EINTR else { throw PosixFileSystem.error("truncate", path) }
        }
    }

    func sync() throws(TableError) {
        guard fdatasync(descriptor) == 0 else { throw PosixFileSystem.error("fdatasync", path) }
    }
}

private final class PosixReadableFile: ReadableFile {
    let byteCount: Int
    private let descriptor: Int32
    private let path: String

    init(descriptor: Int32, byteCount: Int, path: String) {
        self.descriptor = descriptor
        self.byteCount = byteCount
        self.path = path
    }

    deinit { close(descriptor) }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(TableError) {
        var done = 0
        while done < target.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw PosixFileSystem.error("read", path) }
            guard count > 0 else { throw TableError(.io, "read \(path): it ends at offset \(offset + done)") }
            done += count
        }
    }
}

private final class PosixLock: DirectoryLock {
    private let descriptor: Mutex<Int32?>

    init(descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    deinit { release() }

    func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor {
                // A child process between fork and exec has a copy of the descriptor: closing ours would not unlock.
                flock(open, LOCK_UN)
                close(open)
            }
            descriptor = nil
        }
    }
}
