import Glibc

/// Sends exactly the bytes it is told over a blocking socket.
final class RawRequest {
    let descriptor: Int32

    init(port: Int, receiveBufferBytes: Int32? = nil) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var bytes = receiveBufferBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
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

    deinit { close(descriptor) }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// The next bytes; empty at the end of the connection.
    func receive() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        return count > 0 ? Array(buffer[..<count]) : []
    }

    /// The last characters of what comes until the other side closes; a side that never stops is not heard out.
    func receiveRest() -> String {
        var text = ""
        var count = 0
        while case let bytes = receive(), !bytes.isEmpty, count < 256 << 20 {
            count += bytes.count
            text = String((text + String(decoding: bytes.suffix(1_000), as: UTF8.self)).suffix(1_000))
        }
        return count < 256 << 20 ? text : "endless"
    }

    /// The status of the answer; 0 if there is none.
    func status(_ request: String) -> Int {
        send(request)
        let answer = String(decoding: receive(), as: UTF8.self)
        return Int(answer.split(separator: " ").dropFirst().first ?? "") ?? 0
    }
}
