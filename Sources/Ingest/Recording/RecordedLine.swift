import Glibc

/// The parts of a recorded line, `<receive ns> <raw JSON>`.
public struct RecordedLine {
    /// When the frame was received, nanoseconds since the epoch.
    public let receiveTime: Int64
    /// The frame; valid as long as the line's bytes.
    public let frame: UnsafeBufferPointer<UInt8>

    /// Takes a line apart. The frame itself is not looked at.
    public init(_ line: UnsafeBufferPointer<UInt8>, number: Int = 0) throws(IngestError) {
        var value: Int64 = 0
        var index = 0
        while index < line.count, line[index].isDigit {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = product.addingReportingOverflow(Int64(line[index] - UInt8(ascii: "0")))
            if overflow || overflow2 { throw IngestError(.malformedLine, .overflow, line: number) }
            value = sum
            index += 1
        }
        guard index > 0, index < line.count, line[index] == UInt8(ascii: " ") else {
            throw IngestError(.malformedLine, .badReceiveTime, offset: index, line: number)
        }
        receiveTime = value
        frame = UnsafeBufferPointer(rebasing: line[(index + 1)...])
    }
}

/// Cuts a run of bytes, in chunks of any size, into lines.
///
/// A line that lies whole in a chunk is handed out where it lies; only one that crosses chunks is copied. Memory is
/// bounded by ``lineBytesMax``: a longer line is refused, and the next one is good again.
public struct RecordedLineSplitter {
    private var partial: [UInt8] = []
    private var isSkipping = false
    /// Lines handed out or refused so far; the number of the last one.
    public private(set) var lineCount = 0

    /// The longest line: several times the largest frame that a venue was seen to send (5 MB).
    public static let lineBytesMax = 32 * 1024 * 1024

    private let lineBytesMax: Int

    /// Creates a splitter; tests choose a smaller limit.
    public init(lineBytesMax: Int = Self.lineBytesMax) { self.lineBytesMax = lineBytesMax }

    /// Calls `body` with each line that the chunk completes, without its end (`\n` or `\r\n`), and its number from 1;
    /// with an error instead of bytes for a line that is too long.
    public mutating func split(
        _ chunk: UnsafeBufferPointer<UInt8>,
        _ body: (_ line: Result<UnsafeBufferPointer<UInt8>, IngestError>, _ number: Int) -> Void
    ) {
        var start = 0
        while start < chunk.count {
            let rest = UnsafeBufferPointer(rebasing: chunk[start...])
            guard let length = Self.newline(in: rest) else {
                keep(rest)
                return
            }
            let piece = UnsafeBufferPointer(rebasing: rest[..<length])
            start += length + 1
            complete(piece, body)
        }
    }

    /// Calls `body` with the last line if it did not end in a newline.
    public mutating func finish(
        _ body: (_ line: Result<UnsafeBufferPointer<UInt8>, IngestError>, _ number: Int) -> Void
    ) {
        guard isSkipping || !partial.isEmpty else { return }
        complete(UnsafeBufferPointer(start: nil, count: 0), body)
    }

    private mutating func complete(
        _ piece: UnsafeBufferPointer<UInt8>,
        _ body: (_ line: Result<UnsafeBufferPointer<UInt8>, IngestError>, _ number: Int) -> Void
    ) {
        lineCount += 1
        if isSkipping || partial.count + piece.count > lineBytesMax {
            isSkipping = false
            partial = []
            let detail = "\(lineBytesMax) bytes at most"
            body(.failure(IngestError(.malformedLine, .tooLong, line: lineCount, detail: detail)), lineCount)
        } else if partial.isEmpty {
            body(.success(Self.withoutReturn(piece)), lineCount)
        } else {
            partial.append(contentsOf: piece)
            partial.withUnsafeBufferPointer { body(.success(Self.withoutReturn($0)), lineCount) }
            partial.removeAll(keepingCapacity: partial.capacity <= 1 << 20)
        }
    }

    private mutating func keep(_ rest: UnsafeBufferPointer<UInt8>) {
        guard !isSkipping else { return }
        if partial.count + rest.count > lineBytesMax {
            isSkipping = true
            partial = []
        } else {
            partial.append(contentsOf: rest)
        }
    }

    private static func withoutReturn(_ line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        line.last == UInt8(ascii: "\r") ? UnsafeBufferPointer(rebasing: line.dropLast()) : line
    }

    private static func newline(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let base = bytes.baseAddress, let found = memchr(base, 0x0A, bytes.count) else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}
