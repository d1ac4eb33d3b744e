/// One message of a write-ahead log of MarketStore, little-endian.
///
///     0  transaction   length i64, body, MD5 of length and body [16]
///     1  progress      transaction i64, destination i8, state i8
///     2  status        file i8, replay i8, instance i64
public enum WALMessage: Sendable, Hashable {
    /// How far a file was replayed; at its start.
    case status(file: UInt8, replay: UInt8, instance: Int64)
    /// How far a transaction is; `isCheckpoint` for the data files, not the log.
    case progress(transaction: Int64, isCheckpoint: Bool, state: UInt8)
    /// Writes that belong together.
    case transaction(WALTransaction)

    /// The state of ``progress(transaction:isCheckpoint:state:)`` in which all is on disk.
    public static let complete: UInt8 = 2
    /// Bytes that ``length(_:at:)`` needs.
    public static let headBytes = 9
    /// The longest transaction that is read.
    public static let bytesMax: Int64 = 1 << 30

    /// How long the message is that begins with some bytes; nil if they are too few to tell.
    ///
    /// - Parameters:
    ///   - head: its first bytes, ``headBytes`` unless the file ends earlier.
    ///   - offset: where it begins in its file.
    public static func length(_ head: UnsafeRawBufferPointer, at offset: Int64) throws(FileDamage) -> Int64? {
        guard let kind = head.first else { return nil }
        switch kind {
        case 1, 2: return 11
        case 0:
            guard let length = head.number(Int64.self, at: 1) else { return nil }
            guard (16...bytesMax).contains(length) else {
                throw FileDamage(offset + 1, "a transaction of \(length) bytes")
            }
            return 1 + 8 + length + 16
        default: throw FileDamage(offset, "no message begins with \(kind)")
        }
    }

    /// Reads a whole message.
    ///
    /// - Parameters:
    ///   - bytes: the message, as long as ``length(_:at:)`` says.
    ///   - offset: where it begins in its file.
    public init(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileDamage) {
        let cut = FileDamage(offset, "the file ends inside a message")
        switch bytes.first {
        case 1:
            guard let transaction = bytes.number(Int64.self, at: 1), bytes.count >= 11 else { throw cut }
            guard bytes[9] <= 1, bytes[10] <= 2 else {
                throw FileDamage(offset + 9, "destination \(bytes[9]) and state \(bytes[10]) are none")
            }
            self = .progress(transaction: transaction, isCheckpoint: bytes[9] == 1, state: bytes[10])
        case 2:
            guard let instance = bytes.number(Int64.self, at: 3), bytes.count >= 11 else { throw cut }
            self = .status(file: bytes[1], replay: bytes[2], instance: instance)
        case 0:
            guard bytes.count >= 1 + 8 + 16 + 16 else { throw cut }
            let body = bytes.count - 16
            let digest = MD5.digest(UnsafeRawBufferPointer(rebasing: bytes[1..<body]))
            guard bytes[body...].elementsEqual(digest) else {
                throw FileDamage(offset, "the transaction's checksum is not that of its bytes")
            }
            var reader = WALReader(bytes: UnsafeRawBufferPointer(rebasing: bytes[..<body]), position: 9, offset: offset)
            self = .transaction(try reader.transaction())
        default: throw FileDamage(offset, "no message begins so")
        }
    }
}

/// Writes that MarketStore made together.
public struct WALTransaction: Sendable, Hashable {
    /// What was written to one slot.
    public struct Write: Sendable, Hashable {
        /// Whether the slot is a variable one, to which rows are added.
        public var isVariable: Bool
        /// The year file, from the root on: `AAPL/1Min/OHLCV/2024.bin`.
        public var path: String
        /// Bytes of a variable record; 0 for fixed ones.
        public var rowBytes: Int
        /// Where the slot is in its file.
        public var slotOffset: Int64
        /// The slot's index.
        public var index: Int64
        /// Where the rows are, in bytes from the start of the message.
        public var data: Range<Int>
        /// The columns, without `Epoch`.
        public var columns: [Bucket.Column]
    }

    /// The transaction's number; later ones have greater ones.
    public var id: Int64
    /// The writes in order.
    public var writes: [Write]

    /// Reads the body of a transaction, of which no checksum is known; places are those in the body.
    public init(body: UnsafeRawBufferPointer) throws(FileDamage) {
        var reader = WALReader(bytes: body, position: 0, offset: 0)
        self = try reader.transaction()
    }

    init(id: Int64, writes: [Write]) {
        self.id = id
        self.writes = writes
    }
}

/// A cursor over a transaction.
private struct WALReader {
    let bytes: UnsafeRawBufferPointer
    var position: Int
    let offset: Int64

    private func damage(_ message: String) -> FileDamage { FileDamage(offset + Int64(position), message) }

    private mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type
    ) throws(FileDamage) -> Number {
        guard let number = bytes.number(type, at: position) else {
            throw damage("the transaction ends inside a number")
        }
        position += MemoryLayout<Number>.size
        return number
    }

    private mutating func range(_ count: Int) throws(FileDamage) -> Range<Int> {
        guard count >= 0, count <= bytes.count - position else {
            throw damage("\(count) bytes are not left in the transaction")
        }
        position += count
        return position - count..<position
    }

    private mutating func text(_ count: Int) throws(FileDamage) -> String {
        let place = try range(count)
        guard let text = String(validating: bytes[place], as: UTF8.self) else { throw damage("a name is not UTF-8") }
        return text
    }

    mutating func transaction() throws(FileDamage) -> WALTransaction {
        let id = try number(Int64.self)
        let count = try number(Int64.self)
        var writes: [WALTransaction.Write] = []
        // Each write takes 31 bytes at least: what is announced beyond that is not there.
        guard count >= 0, count <= bytes.count / 31 else { throw damage("\(count) writes are not in the transaction") }
        for _ in 0..<count { writes.append(try write()) }
        guard position == bytes.count else { throw damage("bytes follow the last write of the transaction") }
        return WALTransaction(id: id, writes: writes)
    }

    private mutating func write() throws(FileDamage) -> WALTransaction.Write {
        let kind = try number(Int8.self)
        guard kind == 0 || kind == 1 else { throw damage("the record kind is \(kind)") }
        let path = try text(Int(try number(Int16.self)))
        let dataBytes = Int(try number(Int32.self))
        let rowBytes = Int(try number(Int32.self))
        let slotOffset = try number(Int64.self)
        let index = try number(Int64.self)
        let data = try range(dataBytes)
        var columns: [Bucket.Column] = []
        for _ in 0..<(try number(UInt8.self)) {
            let name = try text(Int(try number(UInt8.self)))
            let type = try number(UInt8.self)
            if name == "Epoch" { continue }
            guard let type = ElementType.wireType(type) else { throw damage("column '\(name)' has type \(type)") }
            columns.append(Bucket.Column(name: name, type: type))
        }
        return WALTransaction.Write(
            isVariable: kind == 1,
            path: path,
            rowBytes: rowBytes,
            slotOffset: slotOffset,
            index: index,
            data: data,
            columns: columns
        )
    }
}
