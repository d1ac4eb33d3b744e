import Glibc

/// A file of which most may be holes, read at any place.
///
/// Owned and used by one thread.
final class SparseFile {
    /// Ways of `lseek` that Swift's Glibc does not name (lseek(2)): the next data, the next hole.
    private static let seekData: Int32 = 3
    private static let seekHole: Int32 = 4

    let path: String
    /// Its length when it was opened.
    let byteCount: Int64
    /// What it takes on the disk.
    let allocatedBytes: Int64
    private let descriptor: Int32

    init(_ path: String) throws(CommandError.Failure) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandError.Failure("\(path): \(String(cString: strerror(errno)))") }
        self.path = path
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw CommandError.Failure("\(path): not a file")
        }
        byteCount = Int64(status.st_size)
        allocatedBytes = Int64(status.st_blocks) * 512
    }

    deinit { close(descriptor) }

    /// Reads the bytes of a range into `buffer`, as many as there are.
    func read(_ range: Range<Int64>, into buffer: inout [UInt8]) throws(CommandError.Failure) {
        let count = Int(max(0, min(range.upperBound, byteCount) - range.lowerBound))
        if buffer.count != count {
            if buffer.count > count { buffer.removeLast(buffer.count - count) }
            buffer.append(contentsOf: repeatElement(0, count: count - buffer.count))
        }
        var failure: Int32 = 0
        let filled = buffer.withUnsafeMutableBytes { bytes in
            var filled = 0
            while filled < count, let base = bytes.baseAddress {
                let got = pread(descriptor, base + filled, count - filled, off_t(range.lowerBound) + filled)
                if got > 0 {
                    filled += got
                } else if got == 0 || errno != EINTR {
                    failure = got < 0 ? errno : 0
                    break
                }
            }
            return filled
        }
        guard failure == 0 else {
            let place = range.lowerBound + Int64(filled)
            throw CommandError.Failure("\(path): offset \(place): \(String(cString: strerror(failure)))")
        }
        if filled < count { buffer.removeLast(count - filled) }
    }

    /// The first stretch of data at or behind a place; nil if only holes follow. All is data where the disk knows no holes.
    func data(from offset: Int64) -> Range<Int64>? {
        guard offset < byteCount else { return nil }
        let start = lseek(descriptor, off_t(offset), Self.seekData)
        if start < 0 { return errno == ENXIO ? nil : offset..<byteCount }
        let end = lseek(descriptor, start, Self.seekHole)
        return Int64(start)..<(end > start ? min(Int64(end), byteCount) : byteCount)
    }
}
