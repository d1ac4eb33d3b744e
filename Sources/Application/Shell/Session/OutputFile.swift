import Glibc

/// The file of `\o`: answers as CSV one behind the other, each whole or not at all.
final class OutputFile {
    let path: String
    private let descriptor: Int32
    /// Where the answer that is being written began.
    private var mark: off_t = 0
    private var length: off_t = 0

    /// Makes the file anew.
    init(_ path: String) throws(ShellFailure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(path, "cannot be written") }
    }

    deinit { close(descriptor) }

    /// Begins an answer.
    func begin() { mark = length }

    /// Takes bytes of the answer.
    func write(_ bytes: ArraySlice<UInt8>) throws(ShellFailure) {
        guard Terminal.writeAll(bytes, to: descriptor) else {
            let failure = Self.failure(path, "cannot be written")
            rollBack()
            throw failure
        }
        length += off_t(bytes.count)
    }

    /// Takes the answer out again, as it is not whole.
    func rollBack() {
        // A pipe or a terminal has no length: what was written to it stays.
        _ = ftruncate(descriptor, mark)
        _ = lseek(descriptor, mark, SEEK_SET)
        length = mark
    }

    private static func failure(_ path: String, _ what: String) -> ShellFailure {
        .refused("\(path): \(what): \(String(cString: strerror(errno)))")
    }
}
