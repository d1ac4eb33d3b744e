import Columnar

/// From the bytes of a column, as clients send them, to the vector that a table stores.
enum WireDecoding {
    /// Why a value does not fit: the row, and what is there.
    struct Misfit: Error {
        var row: Int
        var value: String
    }

    /// The values of a column in the type of the bucket.
    ///
    /// - Parameters:
    ///   - bytes: `rows` values of type `source`, little-endian.
    ///   - source: the type that was sent; text exactly if `target` is.
    ///   - target: the type of the bucket's column. What it cannot hold is a ``Misfit``; doubles become the nearest float.
    ///   - rows: the number of values.
    static func vector(
        _ bytes: [UInt8],
        from source: WireType,
        to target: WireType,
        rows: Int
    ) throws(Misfit) -> Vector {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(Misfit) -> Vector in try vector(bytes, source, target, rows: rows) }
        }
        return try result.get()
    }

    private static func vector(
        _ bytes: UnsafeRawBufferPointer,
        _ source: WireType,
        _ target: WireType,
        rows: Int
    ) throws(Misfit) -> Vector {
        precondition(bytes.count >= rows * source.size, "BUG: a column is shorter than its rows")
        if target == .string16 { return text(bytes, rows: rows) }
        if target.isInteger {
            return Vector(type: .int64, form: .int64(try integers(bytes, source, target, rows: rows)))
        }
        return Vector(type: .float64, form: .float64(doubles(bytes, source, target, rows: rows)))
    }

    @inline(__always)
    private static func map<Source: BitwiseCopyable, Target: BitwiseCopyable & Sendable>(
        _ bytes: UnsafeRawBufferPointer,
        rows: Int,
        _ convert: (Source) -> Target
    ) -> Buffer<Target> {
        var builder = BufferBuilder<Target>(capacity: rows)
        builder.append(count: rows) { target in
            for row in 0..<rows {
                let offset = row &* MemoryLayout<Source>.size
                (target + row).initialize(to: convert(bytes.loadUnaligned(fromByteOffset: offset, as: Source.self)))
            }
        }
        return builder.take()
    }

    // MARK: Doubles

    private static func doubles(
        _ bytes: UnsafeRawBufferPointer,
        _ source: WireType,
        _ target: WireType,
        rows: Int
    ) -> Buffer<Double> {
        let isNarrow = target == .float32
        switch source {
        case .float32: return map(bytes, rows: rows) { (value: Float) in Double(value) }
        case .float64 where isNarrow: return map(bytes, rows: rows) { (value: Double) in Double(Float(value)) }
        case .float64: return map(bytes, rows: rows) { (value: Double) in value }
        case .int8: return map(bytes, rows: rows) { (value: Int8) in Double(value) }
        case .int16: return map(bytes, rows: rows) { (value: Int16) in Double(value) }
        case .uint8: return map(bytes, rows: rows) { (value: UInt8) in Double(value) }
        case .uint16: return map(bytes, rows: rows) { (value: UInt16) in Double(value) }
        case .int32: return map(bytes, rows: rows) { (value: Int32) in rounded(value, isNarrow) }
        case .int64: return map(bytes, rows: rows) { (value: Int64) in rounded(value, isNarrow) }
        case .uint32: return map(bytes, rows: rows) { (value: UInt32) in rounded(value, isNarrow) }
        case .uint64: return map(bytes, rows: rows) { (value: UInt64) in rounded(value, isNarrow) }
        case .string16: return map(bytes, rows: 0) { (value: Double) in value }
        }
    }

    @inline(__always)
    private static func rounded(_ value: some BinaryInteger, _ isNarrow: Bool) -> Double {
        isNarrow ? Double(Float(value)) : Double(value)
    }

    // MARK: Integers

    private static func integers(
        _ bytes: UnsafeRawBufferPointer,
        _ source: WireType,
        _ target: WireType,
        rows: Int
    ) throws(Misfit) -> Buffer<Int64> {
        let values: Buffer<Int64>
        switch source {
        case .int8: values = map(bytes, rows: rows) { (value: Int8) in Int64(value) }
        case .int16: values = map(bytes, rows: rows) { (value: Int16) in Int64(value) }
        case .int32: values = map(bytes, rows: rows) { (value: Int32) in Int64(value) }
        case .uint8: values = map(bytes, rows: rows) { (value: UInt8) in Int64(value) }
        case .uint16: values = map(bytes, rows: rows) { (value: UInt16) in Int64(value) }
        case .uint32: values = map(bytes, rows: rows) { (value: UInt32) in Int64(value) }
        case .int64, .uint64: values = map(bytes, rows: rows) { (value: Int64) in value }
        case .float32: return try whole(map(bytes, rows: rows) { (value: Float) in Double(value) }, target)
        case .float64: return try whole(map(bytes, rows: rows) { (value: Double) in value }, target)
        case .string16: return map(bytes, rows: 0) { (value: Int64) in value }
        }
        guard source != target else { return values }
        // The bits of a u8 above 2^63 read as a negative number, which fits no other type.
        var bounds = target.bounds
        if source == .uint64 { bounds = max(0, bounds.lowerBound)...bounds.upperBound }
        guard
            !(bounds.contains(source.bounds.lowerBound) && bounds.contains(source.bounds.upperBound))
                || source == .uint64
        else { return values }
        try check(values, bounds, isUnsigned: source == .uint64)
        return values
    }

    private static func check(
        _ values: Buffer<Int64>,
        _ bounds: ClosedRange<Int64>,
        isUnsigned: Bool
    ) throws(Misfit) {
        let row = values.withUnsafeBufferPointer { values in
            var isInside = true
            for value in values { isInside = isInside && value >= bounds.lowerBound && value <= bounds.upperBound }
            return isInside ? nil : values.firstIndex { !bounds.contains($0) }
        }
        guard let row else { return }
        throw Misfit(row: row, value: isUnsigned ? "\(UInt64(bitPattern: values[row]))" : "\(values[row])")
    }

    /// Doubles cut to whole numbers, as MarketStore cuts them.
    private static func whole(_ values: Buffer<Double>, _ target: WireType) throws(Misfit) -> Buffer<Int64> {
        var builder = BufferBuilder<Int64>(capacity: values.count)
        for row in 0..<values.count {
            let value = values[row].rounded(.towardZero)
            if target == .uint64, let bits = UInt64(exactly: value) {
                builder.append(Int64(bitPattern: bits))
            } else if let number = Int64(exactly: value), target.bounds.contains(number) {
                builder.append(number)
            } else {
                throw Misfit(row: row, value: "\(values[row])")
            }
        }
        return builder.take()
    }

    // MARK: Text

    /// Code points up to the last that is not zero; what is none becomes U+FFFD.
    private static func text(_ bytes: UnsafeRawBufferPointer, rows: Int) -> Vector {
        let width = WireType.string16.size / 4
        var offsets = BufferBuilder<UInt32>(capacity: rows + 1)
        var text = BufferBuilder<UInt8>(capacity: rows * 8)
        offsets.append(0)
        for row in 0..<rows {
            let base = row * WireType.string16.size
            func point(_ place: Int) -> UInt32 {
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: base + place * 4, as: UInt32.self))
            }
            var count = width
            while count > 0, point(count - 1) == 0 { count -= 1 }
            for place in 0..<count {
                let scalar = Unicode.Scalar(point(place)) ?? "\u{FFFD}"
                for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { text.append(unit) }
            }
            offsets.append(UInt32(truncatingIfNeeded: text.count))
        }
        return Vector(type: .string, form: .text(offsets: offsets.take(), bytes: text.take()))
    }
}
