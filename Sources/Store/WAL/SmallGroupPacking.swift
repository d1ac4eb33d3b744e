import Columnar

/// Puts the values of a batch's small groups side by side in one piece of memory.
///
/// A group of a row or two has more memory objects than values, each made on the writer's core and counted, read and freed on
/// the WAL thread's: a transfer between the cores each. Packed, they are a few lines that follow each other, and the writer
/// frees its own.
struct SmallGroupPacking: ~Copyable {
    private let memory: OwnedMemory<Int64>
    private var used = 0

    /// A bigger group is worth its own objects.
    private static let rowsMax = 16

    /// Makes room for the small groups of a batch; nil if there are none.
    init?(_ batch: AppendBatch) {
        var words = 0
        for group in batch.groups where group.rowCount > 0 && group.rowCount <= Self.rowsMax {
            words += group.rowCount * group.columns.count
        }
        guard words > 0 else { return nil }
        self.memory = OwnedMemory(capacity: words)
    }

    /// The columns of a group, packed if it is small. Text and vectors with nulls stay as they are.
    mutating func pack(_ columns: inout [Vector?], rowCount: Int) {
        guard rowCount <= Self.rowsMax else { return }
        for index in columns.indices {
            guard let vector = columns[index], vector.validity == nil else { continue }
            let form: Vector.Form
            switch vector.form {
            case .boolean(let values): form = .boolean(copy(values))
            case .int64(let values): form = .int64(copy(values))
            case .float64(let values): form = .float64(copy(values))
            case .scaledInteger(let values, let scale): form = .scaledInteger(copy(values), scale: scale)
            case .dictionary(let codes, let dictionary): form = .dictionary(copy(codes), dictionary)
            case .text, .constant, .sequence: continue
            }
            columns[index] = Vector(type: vector.type, form: form)
        }
    }

    /// Every vector starts at a word of its own; none has more values than words were counted for it.
    private mutating func copy<Element>(_ values: Buffer<Element>) -> Buffer<Element> {
        precondition(values.count <= memory.capacity - used, "BUG: small groups have more values than were counted")
        let base = UnsafeMutableRawPointer(memory.base + used).assumingMemoryBound(to: Element.self)
        values.withUnsafeBufferPointer { values in
            if let source = values.baseAddress { base.update(from: source, count: values.count) }
        }
        used += values.count
        return Buffer(base: base, count: values.count, owner: memory)
    }
}
