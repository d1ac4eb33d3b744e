import Columnar
import Foundation

@testable import Application
@testable import MarketStore

/// Writes data directories as MarketStore does, from the text of its format alone.
struct MarketStoreFiles {
    /// A column of a test's bucket, with the number of its type in files.
    struct Column {
        var name: String
        var number: UInt8
        var type: WireType
    }

    static let float = Column(name: "Price", number: 0, type: .float32)
    static let integer = Column(name: "Size", number: 3, type: .int64)
    static let text = Column(name: "Venue", number: 14, type: .string16)
    static let short = Column(name: "Flags", number: 9, type: .int16)

    let root: String

    init() throws {
        root = NSTemporaryDirectory() + "tickgate-marketstore-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try category("", "Symbol")
    }

    func remove() { try? FileManager.default.removeItem(atPath: root) }

    private func category(_ path: String, _ name: String) throws {
        try Data(name.utf8).write(to: URL(fileURLWithPath: "\(root)\(path)/category_name"))
    }

    func path(_ key: String, _ year: Int) -> String { "\(root)/\(key)/\(year).bin" }

    /// Makes the directories of a bucket.
    func bucket(_ key: String) throws {
        let parts = key.split(separator: "/")
        try FileManager.default.createDirectory(atPath: "\(root)/\(key)", withIntermediateDirectories: true)
        try category("/\(parts[0])", "Timeframe")
        try category("/\(parts[0])/\(parts[1])", "AttributeGroup")
        try category("/\(key)", "Year")
    }

    static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    static func header(_ year: Int, _ timeframe: Int64, _ columns: [Column], isVariable: Bool) -> [UInt8] {
        let row = columns.reduce(0) { $0 + $1.type.size }
        let length = isVariable ? 24 : 8 + (row + 7) / 8 * 8
        var header = bytes(Int64(2)) + [UInt8]("Created By Writer".utf8)
        header += [UInt8](repeating: 0, count: 264 - header.count)
        for word in [Int64(year), timeframe, isVariable ? 1 : 0, Int64(columns.count), Int64(length), 0] {
            header += bytes(word)
        }
        for column in columns {
            header += [UInt8](column.name.utf8) + [UInt8](repeating: 0, count: 32 - column.name.utf8.count)
        }
        header += [UInt8](repeating: 0, count: 33_080 - header.count)
        header += columns.map(\.number)
        return header + [UInt8](repeating: 0, count: 37_024 - header.count)
    }

    private static func area(_ year: Int, _ timeframe: Int64, _ length: Int) -> Int {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return 37_024 + Int((leap ? 366 : 365) * CivilTime.day / timeframe) * length
    }

    /// Writes a file of fixed rows: their columns by index.
    func fixed(_ key: String, _ year: Int, _ timeframe: Int64, _ columns: [Column], _ rows: [Int64: [UInt8]]) throws {
        try bucket(key)
        let row = columns.reduce(0) { $0 + $1.type.size }
        let length = 8 + (row + 7) / 8 * 8
        let file = try create(key, year, Self.header(year, timeframe, columns, isVariable: false))
        try file.truncate(atOffset: UInt64(Self.area(year, timeframe, length)))
        for (index, bytes) in rows {
            try file.seek(toOffset: UInt64(37_024 + (Int(index) - 1) * length))
            try file.write(contentsOf: Data(Self.bytes(index) + bytes))
        }
        try file.close()
    }

    /// Writes a file of variable rows: the records of each index, by ticks.
    func variable(
        _ key: String,
        _ year: Int,
        _ timeframe: Int64,
        _ columns: [Column],
        _ slots: [Int64: [UInt8]],
        isPacked: (Int64) -> Bool = { _ in true }
    ) throws {
        try bucket(key)
        let file = try create(key, year, Self.header(year, timeframe, columns, isVariable: true))
        var end = Self.area(year, timeframe, 24)
        try file.truncate(atOffset: UInt64(end))
        for (index, records) in slots.sorted(by: { $0.key < $1.key }) {
            let payload = isPacked(index) ? Self.packed(records) : records
            try file.seek(toOffset: UInt64(end))
            try file.write(contentsOf: Data(payload))
            try file.seek(toOffset: UInt64(37_024 + (Int(index) - 1) * 24))
            try file.write(
                contentsOf: Data(Self.bytes(index) + Self.bytes(Int64(end)) + Self.bytes(Int64(payload.count)))
            )
            end += payload.count
        }
        try file.close()
    }

    private func create(_ key: String, _ year: Int, _ header: [UInt8]) throws -> FileHandle {
        let path = path(key, year)
        try Data(header).write(to: URL(fileURLWithPath: path))
        return try FileHandle(forUpdating: URL(fileURLWithPath: path))
    }

    /// A Snappy block of literals alone, of up to 256 bytes each.
    static func packed(_ bytes: [UInt8]) -> [UInt8] {
        var (block, rest): ([UInt8], Int) = ([], bytes.count)
        repeat {
            block.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        for start in stride(from: 0, to: bytes.count, by: 256) {
            let part = bytes[start..<min(bytes.count, start + 256)]
            block += [60 << 2, UInt8(part.count - 1)] + part
        }
        return block
    }

    /// The ticks of a time in a slot: what MarketStore computes in UTC.
    static func ticks(_ offset: Int64, _ timeframe: Int64) -> UInt32 {
        let seconds = Double(offset) / 1e9
        return UInt32(Double(CivilTime.day / timeframe) * 49_710.269629629629629629629629629 * seconds)
    }

    // MARK: Logs

    /// What a log says of a slot.
    struct Write {
        var key: String
        var year: Int
        var index: Int64
        var columns: [Column]
        var isVariable: Bool
        var data: [UInt8]
    }

    static func status(replay: UInt8) -> [UInt8] { [2, 1, replay] + bytes(Int64(4711)) }

    static func progress(_ id: Int64, isCheckpoint: Bool, _ state: UInt8) -> [UInt8] {
        [1] + bytes(id) + [isCheckpoint ? 1 : 0, state]
    }

    /// A transaction; `digest` is MD5 of length and body.
    static func transaction(_ id: Int64, _ writes: [Write]) -> [UInt8] {
        var body = bytes(id) + bytes(Int64(writes.count))
        for write in writes {
            let path = "\(write.key)/\(write.year).bin"
            let row = write.columns.reduce(0) { $0 + $1.type.size }
            let length = write.isVariable ? 24 : 8 + (row + 7) / 8 * 8
            body += [write.isVariable ? 1 : 0] + bytes(Int16(path.utf8.count)) + [UInt8](path.utf8)
            body += bytes(Int32(write.data.count)) + bytes(Int32(write.isVariable ? row + 4 : 0))
            body += bytes(Int64(37_024 + (Int(write.index) - 1) * length)) + bytes(write.index) + write.data
            body += [UInt8(write.columns.count + 1), 5] + [UInt8]("Epoch".utf8) + [3]
            for column in write.columns {
                body += [UInt8(column.name.utf8.count)] + [UInt8](column.name.utf8) + [column.number]
            }
        }
        let whole = bytes(Int64(body.count)) + body
        return [0] + whole + whole.withUnsafeBytes { MD5.digest($0) }
    }

    func log(_ name: String, _ messages: [[UInt8]]) throws {
        try Data(messages.flatMap { $0 }).write(to: URL(fileURLWithPath: "\(root)/\(name)"))
    }
}
