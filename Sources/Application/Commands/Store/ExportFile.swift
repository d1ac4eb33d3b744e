import Glibc

/// Where exported rows go: a file that is there whole or not at all, or standard output.
///
/// A file is written under its name with `.part` behind it and gets its own name when it is complete and on disk.
final class ExportFile {
    /// The path; nil for standard output.
    let path: String?
    private(set) var byteCount = 0
    private let replaces: Bool
    private let descriptor: Int32
    private var isFinished = false

    /// Standard output.
    init() {
        path = nil
        replaces = false
        descriptor = STDOUT_FILENO
    }

    /// A file; refuses one that exists unless it may be replaced.
    init(path: String, replaces: Bool) throws {
        try Self.checkFree(path, replaces)
        let descriptor = open(Self.partial(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(Self.partial(path)) }
        self.path = path
        self.replaces = replaces
        self.descriptor = descriptor
    }

    deinit {
        guard let path else { return }
        close(descriptor)
        // An export that failed leaves nothing behind.
        if !isFinished { unlink(Self.partial(path)) }
    }

    /// Appends bytes.
    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(path ?? "standard output") }
            rest.removeFirst(count)
        }
        byteCount += bytes.count
    }

    /// Makes the file durable and gives it its name.
    func finish() throws {
        guard let path else { return }
        guard fsync(descriptor) == 0 else { throw Self.failure(path) }
        try Self.checkFree(path, replaces)
        guard rename(Self.partial(path), path) == 0 else { throw Self.failure(path) }
        isFinished = true
    }

    private static func checkFree(_ path: String, _ replaces: Bool) throws {
        guard !replaces, access(path, F_OK) == 0 else { return }
        throw CommandError.Failure("\(path): exists; give --force to replace it")
    }

    private static func partial(_ path: String) -> String { "\(path).part" }

    private static func failure(_ path: String) -> CommandError.Failure {
        CommandError.Failure("\(path): cannot be written: \(String(cString: strerror(errno)))")
    }
}
