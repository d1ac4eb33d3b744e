import Glibc

/// Lines of a file or a pipe.
struct LineInput {
    /// A longer line is no statement, and memory is bounded.
    static let lineBytesMax = StatementReader.statementBytesMax

    private let descriptor: Int32
    private let name: String
    private var bytes: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    /// - Parameter name: what the input is called in errors.
    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// The next line without its end; nil behind the last one.
    mutating func next() throws(ShellFailure) -> String? {
        var searched = start
        while true {
            if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return Self.text(bytes[start..<end])
            }
            searched = bytes.count
            if isAtEnd {
                defer { start = bytes.count }
                return start < bytes.count ? Self.text(bytes[start...]) : nil
            }
            guard bytes.count - start <= Self.lineBytesMax else {
                throw .refused("\(name): a line of more than \(Self.lineBytesMax) bytes")
            }
            searched -= start
            bytes.removeFirst(start)
            start = 0
            try fill()
        }
    }

    private mutating func fill() throws(ShellFailure) {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count > 0 { return bytes.append(contentsOf: piece[..<count]) }
            if count == 0 {
                isAtEnd = true
                return
            }
            guard errno == EINTR else { throw .refused("\(name): cannot be read: \(String(cString: strerror(errno)))") }
        }
    }

    /// Bytes that are no UTF-8 become U+FFFD, at which the gateway's parser points.
    private static func text(_ line: ArraySlice<UInt8>) -> String {
        String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }
}
