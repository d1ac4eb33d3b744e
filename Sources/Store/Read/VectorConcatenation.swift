import Columnar

/// Joins vectors of one column end to end.
enum VectorConcatenation {
    static func concatenate(_ parts: [Vector], type: ColumnType) -> Vector {
        if parts.count == 1 { return parts[0] }
        if let form = plainForm(parts, type: type) { return Vector(type: type, form: form) }
        var references: [MergedRows.Reference] = []
        references.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for (index, part) in parts.enumerated() {
            for row in 0..<part.count {
                references.append(MergedRows.Reference(time: 0, run: UInt32(index), row: UInt32(row)))
            }
        }
        return VectorGather(type: type, parts: parts).gather(references[...])
    }

    /// By copying memory, if no part has nulls and all have the same plain form.
    private static func plainForm(_ parts: [Vector], type: ColumnType) -> Vector.Form? {
        guard parts.allSatisfy({ $0.validity == nil }) else { return nil }
        switch parts[0].form {
        case .int64:
            return join(parts) { if case .int64(let values) = $0.form { values } else { nil } }.map { .int64($0) }
        case .float64:
            return join(parts) { if case .float64(let values) = $0.form { values } else { nil } }.map { .float64($0) }
        case .scaledInteger(_, let scale):
            return join(parts) { part in
                if case .scaledInteger(let values, scale) = part.form { values } else { nil }
            }.map { .scaledInteger($0, scale: scale) }
        case .dictionary(_, let dictionary):
            return join(parts) { part in
                if case .dictionary(let codes, let own) = part.form, own === dictionary { codes } else { nil }
            }.map { .dictionary($0, dictionary) }
        case .boolean, .text, .constant, .sequence: return nil
        }
    }

    private static func join<Element>(_ parts: [Vector], _ values: (Vector) -> Buffer<Element>?) -> Buffer<Element>? {
        var builder = BufferBuilder<Element>(capacity: parts.reduce(0) { $0 + $1.count })
        for part in parts {
            guard let values = values(part) else { return nil }
            values.withUnsafeBufferPointer { builder.append(contentsOf: $0) }
        }
        return builder.take()
    }
}
