import Columnar

/// Brings values that lie in several vectors of one column together, in a given order.
///
/// Decimals stay decimals if one scale can hold them all; texts of different dictionaries get a common one.
struct VectorGather {
    let type: ColumnType
    /// The vectors that references point into; nil for one that none does.
    let parts: [Vector?]

    func gather(_ order: ArraySlice<MergedRows.Reference>) -> Vector {
        let validity = validity(order)
        if let validity, validity.nullCount == order.count {
            return Vector(type: type, form: .constant(.null, count: order.count))
        }
        return Vector(type: type, form: form(order), validity: validity)
    }

    private func form(_ order: ArraySlice<MergedRows.Reference>) -> Vector.Form {
        switch type {
        case .boolean: return .boolean(pick(order, parts.map { $0.map(Plain.boolean) }))
        case .int64, .timestamp: return .int64(pick(order, parts.map { $0.map(Plain.int64) }))
        case .float64:
            if let scale = DecimalParts.commonScale(of: parts),
                let mantissas = DecimalParts.mantissas(parts, scale: scale)
            {
                return .scaledInteger(pick(order, mantissas), scale: scale)
            }
            return .float64(pick(order, parts.map { $0.map(Plain.float64) }))
        case .symbol:
            let (codes, dictionary) = CommonDictionary.codes(parts)
            return .dictionary(pick(order, codes), dictionary)
        case .string: return text(order)
        }
    }

    private func pick<Element>(
        _ order: ArraySlice<MergedRows.Reference>,
        _ values: [Buffer<Element>?]
    ) -> Buffer<Element> {
        var builder = BufferBuilder<Element>(capacity: order.count)
        for reference in order {
            guard let part = values[Int(reference.run)] else {
                preconditionFailure("BUG: a row of a run that was not read")
            }
            builder.append(part[Int(reference.row)])
        }
        return builder.take()
    }

    private func text(_ order: ArraySlice<MergedRows.Reference>) -> Vector.Form {
        var offsets = BufferBuilder<UInt32>(capacity: order.count + 1)
        var bytes = BufferBuilder<UInt8>(capacity: order.count * 8)
        offsets.append(0)
        for reference in order {
            switch parts[Int(reference.run)]?.form {
            case .text(let starts, let source):
                let row = Int(reference.row)
                let slice = source.slice(Int(starts[row])..<Int(starts[row + 1]))
                slice.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
            case .constant(.text(let value), _):
                var value = value
                value.withUTF8 { bytes.append(contentsOf: $0) }
            default: break
            }
            offsets.append(UInt32(truncatingIfNeeded: bytes.count))
        }
        return .text(offsets: offsets.take(), bytes: bytes.take())
    }

    /// Nil if every row has a value.
    private func validity(_ order: ArraySlice<MergedRows.Reference>) -> Validity? {
        let mayBeNull = parts.contains { part in
            guard let part else { return false }
            if case .constant(.null, _) = part.form { return true }
            return part.validity != nil
        }
        guard mayBeNull else { return nil }
        var nulls = BufferBuilder<UInt8>(capacity: order.count)
        for reference in order {
            guard let part = parts[Int(reference.run)] else { continue }
            if case .constant(.null, _) = part.form {
                nulls.append(1)
            } else {
                nulls.append(part.validity.map { $0[Int(reference.row)] } ?? true ? 0 : 1)
            }
        }
        return nulls.take().withUnsafeBufferPointer { ValidityBits.fromNullBytes($0) }
    }
}

/// Decimals of several vectors as mantissas of one scale.
enum DecimalParts {
    /// The largest scale, if every part with values is of decimals.
    static func commonScale(of parts: [Vector?]) -> Int? {
        var scale: Int?
        for part in parts {
            switch part?.form {
            case .scaledInteger(_, let own): scale = max(scale ?? 0, own)
            case nil, .constant(.null, _): continue
            default: return nil
            }
        }
        return scale
    }

    /// The mantissas at `scale`; nil if one does not fit.
    static func mantissas(_ parts: [Vector?], scale: Int) -> [Buffer<Int64>?]? {
        var result: [Buffer<Int64>?] = []
        for part in parts {
            guard case .scaledInteger(let values, let own) = part?.form, own != scale else {
                result.append(part.map(Plain.int64))
                continue
            }
            guard let rescaled = rescale(values, by: scale - own, validity: part?.validity) else { return nil }
            result.append(rescaled)
        }
        return result
    }

    private static func rescale(_ values: Buffer<Int64>, by digits: Int, validity: Validity?) -> Buffer<Int64>? {
        guard digits <= 18 else { return nil }
        var factor: Int64 = 1
        for _ in 0..<digits { factor *= 10 }
        var builder = BufferBuilder<Int64>(capacity: values.count)
        for row in 0..<values.count {
            let (product, overflow) = values[row].multipliedReportingOverflow(by: factor)
            if overflow, validity?[row] ?? true { return nil }
            builder.append(product)
        }
        return builder.take()
    }
}

/// Codes of several vectors in one dictionary.
enum CommonDictionary {
    static func codes(_ parts: [Vector?]) -> ([Buffer<UInt32>?], StringDictionary) {
        if let shared = shared(parts) { return shared }
        let union = SymbolDictionary()
        let codes = parts.map { part -> Buffer<UInt32>? in
            guard let part else { return nil }
            switch part.form {
            case .dictionary(let codes, let dictionary):
                let own = OwnedMemory<UInt32>(capacity: codes.count)
                codes.withUnsafeBufferPointer { union.translate($0, of: dictionary, to: own.base) }
                return Buffer(base: UnsafePointer(own.base), count: codes.count, owner: own)
            case .constant(.text(let text), let count): return Plain.repeating(union.intern(text), count: count)
            default: return Plain.repeating(0, count: part.count)
            }
        }
        return (codes, union.stable)
    }

    /// The codes as they are, if all parts have the same dictionary.
    private static func shared(_ parts: [Vector?]) -> ([Buffer<UInt32>?], StringDictionary)? {
        var dictionary: StringDictionary?
        var result: [Buffer<UInt32>?] = []
        for part in parts {
            switch part?.form {
            case .dictionary(let codes, let own) where dictionary == nil || dictionary === own:
                dictionary = own
                result.append(codes)
            case nil: result.append(nil)
            case .constant(.null, let count): result.append(Plain.repeating(0, count: count))
            default: return nil
            }
        }
        return dictionary.map { (result, $0) }
    }
}
