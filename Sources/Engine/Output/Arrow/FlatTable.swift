/// A table of a FlatBuffers message, as a value: its fields by slot. Slots without a field have their default.
///
/// The format: flatbuffers.dev/internals. Written are the few kinds of fields that Arrow's messages have.
struct FlatTable {
    /// What a field holds.
    enum Value {
        /// A truth value, or one of an enumeration or a union of up to 256.
        case byte(UInt8)
        case int16(Int16)
        case int32(Int32)
        case int64(Int64)
        case string(String)
        case table(FlatTable)
        case tables([FlatTable])
        /// A vector of structs of two 64-bit integers.
        case pairs([(Int64, Int64)])
    }

    /// A field of a table.
    struct Field {
        let slot: Int
        let value: Value
    }

    /// The fields, each slot at most once.
    private(set) var fields: [Field] = []

    init(_ fields: (slot: Int, value: Value)...) {
        for (slot, value) in fields { set(slot, value) }
    }

    /// Gives a field that has none yet a value.
    mutating func set(_ slot: Int, _ value: Value) { fields.append(Field(slot: slot, value: value)) }

    /// The message whose root this table is.
    func encoded() -> [UInt8] {
        var encoder = FlatBufferEncoder()
        return encoder.encode(self)
    }
}

/// Writes a table and all below it front to back: whatever holds an offset goes before what it points to, and gets the offset
/// once that is known. Everything is aligned to its size, counted from the start.
private struct FlatBufferEncoder {
    private var bytes: [UInt8] = []

    mutating func encode(_ root: FlatTable) -> [UInt8] {
        append(UInt32(0))
        point(from: 0, to: write(root))
        return bytes
    }

    /// A table is an offset to its vtable, then its fields. The vtable has its own size, the table's, and for each slot where
    /// the field is, from the start of the table; 0 stands for the default.
    private mutating func write(_ table: FlatTable) -> Int {
        let slotCount = (table.fields.map(\.slot).max() ?? -1) + 1
        align(to: 2)
        let vtable = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: 4 + 2 * slotCount))
        align(to: 4)
        let start = bytes.count
        append(Int32(start - vtable))
        var places: [Int] = []
        for field in table.fields {
            align(to: Self.inlineSize(field.value))
            places.append(bytes.count)
            put(UInt16(bytes.count - start), at: vtable + 4 + 2 * field.slot)
            appendInline(field.value)
        }
        put(UInt16(4 + 2 * slotCount), at: vtable)
        put(UInt16(bytes.count - start), at: vtable + 2)
        for (field, place) in zip(table.fields, places) {
            if let target = writeTarget(field.value) { point(from: place, to: target) }
        }
        return start
    }

    private static func inlineSize(_ value: FlatTable.Value) -> Int {
        switch value {
        case .byte: 1
        case .int16: 2
        case .int32, .string, .table, .tables, .pairs: 4
        case .int64: 8
        }
    }

    /// The value itself, or room for an offset to it.
    private mutating func appendInline(_ value: FlatTable.Value) {
        switch value {
        case .byte(let value): append(value)
        case .int16(let value): append(value)
        case .int32(let value): append(value)
        case .int64(let value): append(value)
        case .string, .table, .tables, .pairs: append(UInt32(0))
        }
    }

    /// Writes what a field points to and says where it is; nil for a field that is its value.
    private mutating func writeTarget(_ value: FlatTable.Value) -> Int? {
        switch value {
        case .byte, .int16, .int32, .int64: return nil
        case .table(let table): return write(table)
        case .string(let text):
            let start = beginVector(count: text.utf8.count, elementAlignment: 1)
            bytes.append(contentsOf: text.utf8)
            bytes.append(0)
            return start
        case .pairs(let pairs):
            let start = beginVector(count: pairs.count, elementAlignment: 8)
            for (first, second) in pairs {
                append(first)
                append(second)
            }
            return start
        case .tables(let tables):
            let start = beginVector(count: tables.count, elementAlignment: 4)
            let places = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: 4 * tables.count))
            for (index, table) in tables.enumerated() { point(from: places + 4 * index, to: write(table)) }
            return start
        }
    }

    /// A vector is its count, then its elements, right behind and aligned.
    private mutating func beginVector(count: Int, elementAlignment: Int) -> Int {
        align(to: 4)
        while (bytes.count + 4) % elementAlignment != 0 { bytes.append(0) }
        append(UInt32(count))
        return bytes.count - 4
    }

    private mutating func align(to size: Int) {
        while bytes.count % size != 0 { bytes.append(0) }
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func put(_ value: some FixedWidthInteger, at place: Int) {
        withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(place..<place + $0.count, with: $0) }
    }

    private mutating func point(from place: Int, to target: Int) { put(UInt32(target - place), at: place) }
}
