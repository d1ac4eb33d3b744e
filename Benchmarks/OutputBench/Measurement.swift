import Engine
import Glibc

/// One way of writing an answer, and what it was seen to do.
struct Measurement {
    /// Bytes of one answer.
    let byteCount: Int
    /// Of the bytes of one answer.
    let hash: Hash
    /// Seconds of the thread for one answer, the fastest of all.
    private(set) var seconds = Double.infinity
    private let write: (inout Pieces) -> Void

    /// Writes an answer once, to look at its bytes.
    ///
    /// - Parameter write: writes the answer, and shows what it has whenever that is a piece.
    init(_ write: @escaping (inout Pieces) -> Void) {
        var pieces = Pieces(isHashing: true)
        write(&pieces)
        pieces.takeAll()
        self.byteCount = pieces.byteCount
        self.hash = pieces.hash
        self.write = write
    }

    /// Writes answers for a time. The fastest counts: others were slowed down by something else.
    mutating func run(seconds: Double) {
        var pieces = Pieces(isHashing: false)
        var total = 0.0
        while total < seconds {
            let start = threadSeconds()
            write(&pieces)
            pieces.takeAll()
            let elapsed = threadSeconds() - start
            self.seconds = min(self.seconds, elapsed)
            total += elapsed
        }
    }
}

/// Where writers put their bytes: emptied as often as a transport would.
struct Pieces {
    /// About what the gateway sends at once.
    private static let pieceBytes = 128 << 10

    var bytes: [UInt8] = []
    private let isHashing: Bool
    private(set) var byteCount = 0
    private(set) var hash = Hash()

    init(isHashing: Bool) { self.isHashing = isHashing }

    /// Takes the bytes if they are enough for a piece.
    mutating func take() {
        if bytes.count >= Self.pieceBytes { takeAll() }
    }

    /// Takes all bytes.
    mutating func takeAll() {
        if isHashing {
            hash.add(bytes)
            byteCount += bytes.count
        }
        bytes.removeAll(keepingCapacity: true)
    }
}

/// FNV-1a: the same for the same bytes, however they were cut.
struct Hash {
    private var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    /// Sixteen digits.
    var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Seconds that this thread has run.
func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
