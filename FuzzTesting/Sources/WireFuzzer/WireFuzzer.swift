import CLibFuzzer
import Glibc
import NIOCore

/// Any bytes as what a peer sends: `WIRE_FUZZ=http-request|http-response|websocket|inflate WireFuzzer …`.
///
/// A trap is a finding, and so is an answer that depends on where the bytes were cut, or a buffer beyond its bound.
@main
enum WireFuzzer {
    static func main() {
        let name = getenv("WIRE_FUZZ").map { String(cString: $0) } ?? ""
        guard let check = checks[name] else {
            print("set WIRE_FUZZ to one of \(checks.keys.sorted().joined(separator: ", "))")
            exit(2)
        }
        chosen = check
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { start, count in
                WireFuzzer.chosen(Array(UnsafeBufferPointer(start: start, count: count)))
                return 0
            }
        )
    }

    // nonisolated(unsafe): set once, before the driver runs on this one thread.
    nonisolated(unsafe) private static var chosen: ([UInt8]) -> Void = { _ in }

    private static let checks: [String: @Sendable ([UInt8]) -> Void] = [
        "http-request": { HTTPChecks.requests(Cuts($0)) },
        "http-response": { HTTPChecks.response(Cuts($0)) },
        "websocket": { WebSocketChecks.frames(Cuts($0)) },
        "inflate": { WebSocketChecks.inflate(Cuts($0)) },
    ]
}

/// The input: a byte of options, a byte that says how to cut, and what the peer sends.
struct Cuts {
    let options: UInt8
    let bytes: [UInt8]
    private let step: UInt8

    init(_ input: [UInt8]) {
        options = input.first ?? 0
        step = input.dropFirst().first ?? 0
        bytes = Array(input.dropFirst(2))
    }

    var whole: [ByteBuffer] { bytes.isEmpty ? [] : [ByteBuffer(bytes: bytes)] }

    /// Pieces of one byte and more, in sizes that `step` decides.
    var pieces: [ByteBuffer] {
        var pieces: [ByteBuffer] = []
        var (start, word) = (0, UInt32(step) &* 2_654_435_761)
        while start < bytes.count {
            word = word &* 1_664_525 &+ 1_013_904_223
            let end = min(bytes.count, start + 1 + Int(word >> 24) % (1 + Int(step)))
            pieces.append(ByteBuffer(bytes: bytes[start..<end]))
            start = end
        }
        return pieces
    }
}
