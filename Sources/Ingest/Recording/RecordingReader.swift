import Glibc

/// Reads recorded files one after the other as one run of bytes, unpacking those that are gzip.
///
/// Memory is two chunks, whatever the size of the files. A file that does not end in a newline gets one, so that lines of
/// two files never run together. Owned and used by one thread.
public final class RecordingReader {
    private let paths: [String]
    private var pathIndex = 0
    private var descriptor: Int32 = -1
    private var inflater: GzipInflater?
    private var input: [UInt8] = Array(repeating: 0, count: chunkBytes)
    private var inputRange = 0..<0
    private var fileOffset = 0
    private var lastByte = UInt8(ascii: "\n")
    private var isFileEnd = false

    /// Bytes read from a file at a time.
    public static let chunkBytes = 256 * 1024

    /// Opens nothing yet; the files are read in this order.
    public init(paths: [String]) { self.paths = paths }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The file being read, or nil before the first and after the last.
    public var currentPath: String? { descriptor >= 0 ? paths[pathIndex] : nil }

    /// Fills `output` with the next bytes. Returns how many; 0 after the last.
    public func read(into output: UnsafeMutableBufferPointer<UInt8>) throws(IngestError) -> Int {
        guard output.count > 0 else { return 0 }
        while true {
            if descriptor < 0 {
                guard pathIndex < paths.count else { return 0 }
                try open()
            }
            let count = try readFile(into: output)
            if count > 0 {
                lastByte = output[count - 1]
                return count
            }
            close(descriptor)
            descriptor = -1
            pathIndex += 1
            if lastByte != UInt8(ascii: "\n") {
                lastByte = UInt8(ascii: "\n")
                output[0] = lastByte
                return 1
            }
        }
    }

    /// The next bytes, at most ``chunkBytes``; empty after the last.
    public func next() throws(IngestError) -> [UInt8] {
        var failure: IngestError?
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, count in
            do throws(IngestError) {
                count = try read(into: buffer)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private func open() throws(IngestError) {
        let path = paths[pathIndex]
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw IngestError(.unreadableFile, .io, detail: "\(path): \(String(cString: strerror(errno)))")
        }
        fileOffset = 0
        inputRange = 0..<0
        isFileEnd = false
        try fill()
        let isGzip = inputRange.count >= 2 && input[0] == 0x1F && input[1] == 0x8B
        inflater = isGzip ? try GzipInflater() : nil
    }

    private func fill() throws(IngestError) {
        let count = input.withUnsafeMutableBytes { buffer in
            while true {
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if count >= 0 || errno != EINTR { return count }
            }
        }
        guard count >= 0 else {
            throw IngestError(
                .unreadableFile,
                .io,
                offset: fileOffset,
                detail: "\(paths[pathIndex]): \(String(cString: strerror(errno)))"
            )
        }
        inputRange = 0..<count
        fileOffset += count
        isFileEnd = count == 0
    }

    private func readFile(into output: UnsafeMutableBufferPointer<UInt8>) throws(IngestError) -> Int {
        while true {
            if inputRange.isEmpty, !isFileEnd { try fill() }
            if inputRange.isEmpty {
                if let inflater, !inflater.isAtMemberEnd {
                    throw IngestError(.corruptFile, .truncated, offset: fileOffset, detail: paths[pathIndex])
                }
                return 0
            }
            let written = try inflater == nil ? copy(into: output) : unpack(into: output)
            if written > 0 { return written }
        }
    }

    private func copy(into output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let count = min(output.count, inputRange.count)
        _ = output.update(fromContentsOf: input[inputRange.prefix(count)])
        inputRange = inputRange.lowerBound + count..<inputRange.upperBound
        return count
    }

    private func unpack(into output: UnsafeMutableBufferPointer<UInt8>) throws(IngestError) -> Int {
        guard let inflater else { return 0 }
        let start = fileOffset - inputRange.count
        let range = inputRange
        let result = input.withUnsafeBufferPointer { bytes in
            Result { () throws(IngestError) in
                try inflater.inflate(UnsafeBufferPointer(rebasing: bytes[range]), into: output)
            }
        }
        do throws(IngestError) {
            let (taken, written) = try result.get()
            inputRange = range.lowerBound + taken..<range.upperBound
            return written
        } catch {
            throw IngestError(error.code, error.reason, offset: start + error.offset, detail: paths[pathIndex])
        }
    }
}
