import Glibc

/// A blocking TCP client that sends exactly the bytes it is told, for what well-behaved clients never do.
final class RawSocket {
    private let descriptor: Int32
    private var received: [UInt8] = []

    init(port: Int, receiveBufferBytes: Int32? = nil) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var bytes = receiveBufferBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(status == 0, "cannot connect to port \(port)")
    }

    deinit { close() }

    private var isClosed = false

    func close() {
        if !isClosed { Glibc.close(descriptor) }
        isClosed = true
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// The next bytes; empty at the end of the connection.
    func receive(max: Int = 65_536) -> [UInt8] {
        if !received.isEmpty {
            defer { received.removeAll() }
            return received
        }
        var buffer = [UInt8](repeating: 0, count: max)
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, max, 0) }
        return count > 0 ? Array(buffer[..<count]) : []
    }

    func receive(exactly count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = receive()
            if more.isEmpty { return bytes }
            bytes += more
        }
        received = Array(bytes[count...])
        return Array(bytes[..<count])
    }

    /// All bytes to the end of the connection.
    func receiveAll() -> String {
        var bytes: [UInt8] = []
        while true {
            let more = receive()
            if more.isEmpty { return String(decoding: bytes, as: UTF8.self) }
            bytes += more
        }
    }

    /// One response: its head, and its body by Content-Length or chunks (raw).
    func receiveResponse(hasBody: Bool = true) -> (head: String, body: String) {
        var bytes: [UInt8] = []
        while true {
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                let rest = Array(bytes[end.upperBound...])
                guard hasBody else {
                    received = rest
                    return (head, "")
                }
                return (head, body(after: head, rest))
            }
            let more = receive()
            if more.isEmpty { return (String(decoding: bytes, as: UTF8.self), "") }
            bytes += more
        }
    }

    private func body(after head: String, _ start: [UInt8]) -> String {
        var bytes = start
        let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
            .flatMap { Int($0.dropFirst(16)) }
        while true {
            if let length, bytes.count >= length {
                received = Array(bytes[length...])
                return String(decoding: bytes[..<length], as: UTF8.self)
            }
            if length == nil, let end = bytes.firstRange(of: Array("0\r\n".utf8)),
                let stop = bytes[end.upperBound...].firstRange(of: Array("\r\n".utf8)),
                end.lowerBound == 0 || bytes[end.lowerBound - 1] == UInt8(ascii: "\n")
            {
                // Trailers, if any, end with an empty line.
                let last =
                    bytes[end.upperBound...].firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? stop.upperBound
                received = Array(bytes[last...])
                return String(decoding: bytes[..<last], as: UTF8.self)
            }
            let more = receive()
            if more.isEmpty { return String(decoding: bytes, as: UTF8.self) }
            bytes += more
        }
    }
}
