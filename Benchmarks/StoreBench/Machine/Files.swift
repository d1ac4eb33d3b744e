import Glibc

/// What the benchmark does to files and directories as a whole.
enum Files {
    /// Bytes of a data directory.
    struct Size {
        /// Segments, manifest and whatever else is not the WAL.
        var kept = 0
        /// The WAL.
        var wal = 0
        /// Files other than the WAL's.
        var count = 0
    }

    /// Adds up a data directory.
    static func size(_ directory: String) -> Size {
        var size = Size()
        walk(directory) { path, status in
            if path.hasSuffix(".log") {
                size.wal += Int(status.st_size)
            } else {
                size.kept += Int(status.st_size)
                size.count += 1
            }
        }
        return size
    }

    /// Makes the next read of every file in a directory go to the disk.
    static func dropPages(_ directory: String) {
        walk(directory) { path, _ in
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return }
            fdatasync(file)
            posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
            close(file)
        }
    }

    /// Removes a file or a directory with all that is in it.
    static func remove(_ path: String) {
        walk(path, file: { file, _ in unlink(file) }, leaving: { directory in rmdir(directory) })
    }

    private static func walk(
        _ path: String,
        file: (String, stat) -> Void,
        leaving: (String) -> Void = { _ in }
    ) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else { return file(path, status) }
        for name in names(in: path) { walk("\(path)/\(name)", file: file, leaving: leaving) }
        leaving(path)
    }

    /// Names of what is in a directory.
    static func names(in directory: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// A whole small file; empty if it cannot be read.
    static func read(_ path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }
}
