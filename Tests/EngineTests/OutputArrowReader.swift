import Columnar

/// Reads Arrow IPC streams as their documents describe them. Shares nothing with the writer, and checks what readers rely on:
/// offsets, alignment, sizes.
struct ArrowStreamReader {
    /// Why a stream is none.
    struct Malformed: Error {
        let reason: String
    }

    /// What the stream consists of.
    enum Message: Equatable {
        case schema
        case dictionary(id: Int, count: Int)
        case batch(rowCount: Int)
        case end
    }

    struct Field {
        var name: String
        var type: ColumnType
        var dictionary: Int?
    }

    private(set) var fields: [Field] = []
    private(set) var messages: [Message] = []
    private(set) var rows: [[Scalar]] = []
    private let stream: [UInt8]
    private var dictionaries: [Int: [String]] = [:]

    init(_ stream: [UInt8]) throws {
        self.stream = stream
        var position = 0
        while position < stream.count {
            try Self.require(Self.uint32(stream, position) == .max, "no continuation at \(position)")
            let size = Int(Self.uint32(stream, position + 4))
            position += 8
            if size == 0 {
                messages.append(.end)
                try Self.require(position == stream.count, "something behind the end")
                return
            }
            try Self.require(size % 8 == 0 && position + size <= stream.count, "size of metadata")
            position += size + (try read(FlatView(Array(stream[position..<position + size])), body: position + size))
        }
    }

    /// Reads a message whose body starts at a place; returns the size of its body.
    private mutating func read(_ message: FlatView, body: Int) throws -> Int {
        try Self.require(message.int(0, 2) == 4, "version")
        let size = message.int(3, 8)
        try Self.require(size % 8 == 0 && body + size <= stream.count, "size of the body")
        let header = try message.table(2)
        switch message.int(1, 1) {
        case 1:
            messages.append(.schema)
            fields = try header.tables(1).map { try Self.field($0) }
        case 2:
            let (id, batch) = (header.int(0, 8), try header.table(1))
            var cursor = BodyCursor(batch, body: body, size: size)
            let texts = try texts(&cursor)
            messages.append(.dictionary(id: id, count: texts.count))
            dictionaries[id] = try texts.map { try Self.some($0, "null in a dictionary") }
            try cursor.requireEnd()
        case 3:
            var cursor = BodyCursor(header, body: body, size: size)
            messages.append(.batch(rowCount: header.int(0, 8)))
            let columns = try fields.map { try column($0, rowCount: header.int(0, 8), &cursor) }
            rows += (0..<header.int(0, 8)).map { row in columns.map { $0[row] } }
            try cursor.requireEnd()
        default: throw Malformed(reason: "unknown header")
        }
        return size
    }

    private static func field(_ field: FlatView) throws -> Field {
        _ = try field.tables(5)
        try require(field.int(1, 1) == 1, "not nullable")
        let type = try field.table(3)
        let kind: ColumnType
        switch field.int(2, 1) {
        case 2 where type.int(0, 4) == 64 && type.int(1, 1) == 1: kind = .int64
        case 3 where type.int(0, 2) == 2: kind = .float64
        case 5: kind = field.has(4) ? .symbol : .string
        case 6: kind = .boolean
        case 10:
            let zone = try type.string(1)
            try require(type.int(0, 2) == 3 && zone == "UTC", "unit and zone of timestamps")
            kind = .timestamp
        default: throw Malformed(reason: "unknown type")
        }
        guard kind == .symbol else { return Field(name: try field.string(0), type: kind) }
        let encoding = try field.table(4)
        let codes = try encoding.table(1)
        try require(codes.int(0, 4) == 32 && codes.int(1, 1) == 1, "type of codes")
        return Field(name: try field.string(0), type: kind, dictionary: encoding.int(0, 8))
    }

    private func column(_ field: Field, rowCount: Int, _ cursor: inout BodyCursor) throws -> [Scalar] {
        if field.type == .string { return try texts(&cursor).map { $0.map { .text($0) } ?? .null } }
        let (count, isValid) = try validity(&cursor)
        try Self.require(count == rowCount, "rows of \(field.name)")
        let width = field.type == .symbol ? 4 : 8
        let (start, size) = try cursor.nextBuffer()
        try Self.require(size == (field.type == .boolean ? (count + 7) / 8 : count * width), "size of \(field.name)")
        return try (0..<count).map { row in
            if field.type == .boolean {
                return isValid(row) ? .boolean(stream[start + row / 8] >> UInt8(row % 8) & 1 == 1) : .null
            }
            let bits = Self.uint(stream, start + row * width, width)
            guard isValid(row) else {
                try Self.require(bits == 0, "something where there is no value")
                return .null
            }
            switch field.type {
            case .float64: return .float64(Double(bitPattern: bits))
            case .timestamp: return .timestamp(Int64(bitPattern: bits))
            case .symbol:
                let texts = try Self.some(field.dictionary.flatMap { dictionaries[$0] }, "no dictionary")
                try Self.require(bits < texts.count, "code without a text")
                return .text(texts[Int(bits)])
            default: return .int64(Int64(bitPattern: bits))
            }
        }
    }

    private func texts(_ cursor: inout BodyCursor) throws -> [String?] {
        let (count, isValid) = try validity(&cursor)
        let (offsets, offsetsSize) = try cursor.nextBuffer()
        let (text, textSize) = try cursor.nextBuffer()
        try Self.require(offsetsSize == (count + 1) * 4, "size of offsets")
        return try (0..<count).map { row in
            let start = Int(Self.uint32(stream, offsets + 4 * row))
            let end = Int(Self.uint32(stream, offsets + 4 * row + 4))
            try Self.require(start <= end && end <= textSize, "offsets of text")
            try Self.require(isValid(row) || start == end, "text where there is no value")
            return isValid(row) ? String(decoding: stream[(text + start)..<(text + end)], as: UTF8.self) : nil
        }
    }

    private func validity(_ cursor: inout BodyCursor) throws -> (Int, (Int) -> Bool) {
        let (count, nullCount) = try cursor.nextNode()
        let (start, size) = try cursor.nextBuffer()
        guard nullCount > 0 else { return (count, { _ in true }) }
        try Self.require(size == (count + 7) / 8, "size of validity")
        let stream = stream
        let isValid = { (row: Int) in stream[start + row / 8] >> UInt8(row % 8) & 1 == 1 }
        try Self.require((0..<count).count { !isValid($0) } == nullCount, "count of nulls")
        return (count, isValid)
    }

    // MARK: - Bytes

    fileprivate static func require(_ condition: Bool, _ reason: String) throws {
        guard condition else { throw Malformed(reason: reason) }
    }

    fileprivate static func some<Value>(_ value: Value?, _ reason: String) throws -> Value {
        guard let value else { throw Malformed(reason: reason) }
        return value
    }

    fileprivate static func uint(_ bytes: [UInt8], _ position: Int, _ width: Int) -> UInt64 {
        (0..<width).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
    }

    fileprivate static func uint32(_ bytes: [UInt8], _ position: Int) -> UInt32 {
        UInt32(uint(bytes, position, 4))
    }
}

/// Goes through the nodes and buffers of a record batch.
private struct BodyCursor {
    private let nodes: [(Int, Int)]
    private let buffers: [(Int, Int)]
    private let body: Int
    private let size: Int
    private var node = 0
    private var buffer = 0

    init(_ batch: FlatView, body: Int, size: Int) {
        (nodes, buffers) = (batch.pairs(1), batch.pairs(2))
        (self.body, self.size) = (body, size)
    }

    mutating func nextNode() throws -> (Int, Int) {
        try ArrowStreamReader.require(node < nodes.count, "too few nodes")
        node += 1
        return nodes[node - 1]
    }

    mutating func nextBuffer() throws -> (Int, Int) {
        try ArrowStreamReader.require(buffer < buffers.count, "too few buffers")
        let (offset, count) = buffers[buffer]
        try ArrowStreamReader.require(offset % 64 == 0 && offset + count <= size, "place of a buffer")
        buffer += 1
        return (body + offset, count)
    }

    func requireEnd() throws {
        try ArrowStreamReader.require(node == nodes.count && buffer == buffers.count, "too many nodes or buffers")
    }
}

/// A table of a FlatBuffers message.
private struct FlatView {
    private let bytes: [UInt8]
    private let start: Int

    /// The root of a message.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        self.start = Int(ArrowStreamReader.uint32(bytes, 0))
    }

    private init(_ bytes: [UInt8], at start: Int) {
        self.bytes = bytes
        self.start = start
    }

    private func place(_ slot: Int) -> Int? {
        let vtable = start - Int(Int32(bitPattern: ArrowStreamReader.uint32(bytes, start)))
        guard 4 + 2 * slot < Int(ArrowStreamReader.uint(bytes, vtable, 2)) else { return nil }
        let offset = Int(ArrowStreamReader.uint(bytes, vtable + 4 + 2 * slot, 2))
        return offset == 0 ? nil : start + offset
    }

    func has(_ slot: Int) -> Bool { place(slot) != nil }

    func int(_ slot: Int, _ width: Int) -> Int {
        guard let place = place(slot) else { return 0 }
        precondition(place % width == 0, "a field is not aligned")
        return Int(ArrowStreamReader.uint(bytes, place, width))
    }

    private func target(_ slot: Int) throws -> Int {
        let place = try ArrowStreamReader.some(place(slot), "slot \(slot) is missing")
        return place + Int(ArrowStreamReader.uint32(bytes, place))
    }

    func table(_ slot: Int) throws -> FlatView { FlatView(bytes, at: try target(slot)) }

    func string(_ slot: Int) throws -> String {
        let start = try target(slot)
        let count = Int(ArrowStreamReader.uint32(bytes, start))
        try ArrowStreamReader.require(bytes[start + 4 + count] == 0, "a string without its zero")
        return String(decoding: bytes[(start + 4)..<(start + 4 + count)], as: UTF8.self)
    }

    func tables(_ slot: Int) throws -> [FlatView] {
        let start = try target(slot)
        return (0..<Int(ArrowStreamReader.uint32(bytes, start))).map { index in
            let place = start + 4 + 4 * index
            return FlatView(bytes, at: place + Int(ArrowStreamReader.uint32(bytes, place)))
        }
    }

    func pairs(_ slot: Int) -> [(Int, Int)] {
        guard let start = try? target(slot) else { return [] }
        precondition((start + 4) % 8 == 0, "structs are not aligned")
        return (0..<Int(ArrowStreamReader.uint32(bytes, start))).map { index in
            let place = start + 4 + 16 * index
            return (Int(ArrowStreamReader.uint(bytes, place, 8)), Int(ArrowStreamReader.uint(bytes, place + 8, 8)))
        }
    }
}
