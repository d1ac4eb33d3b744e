/// Follows the lengths of the messages of a call while their bytes pass: before each are a flag and its length in four bytes
/// (github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md).
struct MessageLengths: Sendable {
    private static let prefixBytes = 5

    private var prefixRead = 0
    private var length = 0
    /// Bytes of the message that are still to come.
    private var rest = 0

    /// Takes the next bytes; gives the length of the first message that has more than so many.
    mutating func first<Bytes: RandomAccessCollection<UInt8>>(beyond bytesMax: Int, in bytes: Bytes) -> Int?
    where Bytes.SubSequence == Bytes {
        var bytes = bytes
        while let byte = bytes.first {
            if rest > 0 {
                let step = min(rest, bytes.count)
                rest -= step
                bytes = bytes.dropFirst(step)
                continue
            }
            bytes = bytes.dropFirst()
            // The flag comes first.
            if prefixRead > 0 { length = length << 8 | Int(byte) }
            prefixRead += 1
            guard prefixRead == Self.prefixBytes else { continue }
            if length > bytesMax { return length }
            (rest, prefixRead, length) = (length, 0, 0)
        }
        return nil
    }
}
