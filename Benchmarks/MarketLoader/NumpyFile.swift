import Glibc

/// A file of one column as NumPy reads it (`.npy`, version 1.0): a header, then the values as they lie in memory.
final class NumpyFile {
    private let path: String
    private let file: Int32

    /// NumPy's names of the element types.
    enum Element: String {
        case int64 = "<i8"
        case float64 = "<f8"
        case uint16 = "<u2"
        case uint8 = "|u1"
    }

    /// The values start at a multiple of this.
    private static let alignment = 64

    /// Creates the file, with the header of `count` values.
    init(_ path: String, _ element: Element, count: Int) throws(LoaderFailure) {
        self.path = path
        file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw LoaderFailure("cannot create \(path): error \(errno)") }
        var text = "{'descr': '\(element.rawValue)', 'fortran_order': False, 'shape': (\(count),), }"
        let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
        let unpadded = magic.count + 2 + text.utf8.count + 1
        text += String(repeating: " ", count: (Self.alignment - unpadded % Self.alignment) % Self.alignment) + "\n"
        let length = UInt16(text.utf8.count).littleEndian
        try append(magic)
        try append([length])
        try append(Array(text.utf8))
    }

    deinit { close(file) }

    /// Writes the next values.
    func append<Value: BitwiseCopyable>(_ values: [Value]) throws(LoaderFailure) {
        var written = 0
        var code: Int32 = 0
        values.withUnsafeBytes { bytes in
            while written < bytes.count {
                let count = write(file, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    code = errno
                    return
                }
                written += count
            }
        }
        guard code == 0 else { throw LoaderFailure("cannot write \(path): error \(code)") }
    }
}
