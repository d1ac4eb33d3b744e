import Columnar

/// Answers of several reads as one.
extension Dataset {
    /// The rows of some parts, by key; nil if their columns are not the same.
    static func joined(_ parts: [Dataset]) -> Dataset? {
        guard parts.count > 1 else { return parts.first ?? Dataset() }
        let (names, types) = (parts[0].columns.map(\.name), parts[0].columns.map(\.type))
        for part in parts.dropFirst() where part.columns.map(\.name) != names || part.columns.map(\.type) != types {
            return nil
        }
        return byKey(parts)
    }

    /// The rows of clients' buckets and of the feed's, by key and with the columns of both: those of the clients first. Where
    /// types differ numbers become `f8`, or `i8` if all are integers; a column that one side lacks is NaN, 0 or no text in
    /// its rows. Nil if the clients' columns are not the same, and where one side has text and the other numbers.
    static func united(clients: [Dataset], feed: [Dataset]) -> Dataset? {
        guard let clients = joined(clients), let feed = joined(feed) else { return nil }
        if feed.columns.isEmpty { return clients }
        if clients.columns.isEmpty { return feed }
        var shape: [(name: String, type: String)] = []
        for column in clients.columns {
            guard let other = feed.columns.first(where: { $0.name == column.name }) else {
                shape.append((column.name, column.type))
                continue
            }
            guard let type = WireType.common(column.type, other.type) else { return nil }
            shape.append((column.name, type))
        }
        let more = feed.columns.filter { column in !shape.contains { $0.name == column.name } }
        // The nanoseconds of ticks are always the last.
        let end = shape.last?.name == "Nanoseconds" ? shape.count - 1 : shape.count
        shape.insert(contentsOf: more.map { (name: $0.name, type: $0.type) }, at: end)
        return byKey([clients.shaped(shape), feed.shaped(shape)])
    }

    /// The same rows with these columns.
    private func shaped(_ shape: [(name: String, type: String)]) -> Dataset {
        var shaped = self
        shaped.columns = shape.map { name, type in
            let bytes =
                columns.first { $0.name == name }.map { WireType.converted($0.bytes, from: $0.type, to: type) }
                ?? WireType.missing(type, count: rowCount)
            return Column(name: name, type: type, bytes: bytes)
        }
        return shaped
    }

    /// The rows of parts with equal columns, by key.
    private static func byKey(_ parts: [Dataset]) -> Dataset {
        guard parts.count > 1, var whole = parts.first else { return parts.first ?? Dataset() }
        var places: [(key: BucketKey?, part: Int, span: Span)] = []
        for (index, part) in parts.enumerated() {
            places += part.spans.map { (key: BucketKey($0.key), part: index, span: $0) }
        }
        places.sort { left, right in
            guard let first = left.key, let second = right.key else { return right.key != nil }
            return first < second
        }
        let widths = whole.columns.map { WireType.width(of: $0.type) }
        (whole.spans, whole.rowCount) = ([], 0)
        for index in whole.columns.indices {
            whole.columns[index].bytes = []
            whole.columns[index].bytes.reserveCapacity(parts.reduce(0) { $0 + $1.columns[index].bytes.count })
        }
        for (_, part, span) in places {
            whole.spans.append(Span(key: span.key, start: whole.rowCount, count: span.count))
            whole.rowCount += span.count
            for (index, width) in widths.enumerated() {
                let rows = span.start * width..<(span.start + span.count) * width
                whole.columns[index].bytes += parts[part].columns[index].bytes[rows]
            }
        }
        return whole
    }
}

extension WireType {
    /// Bytes of a value of a type, `U40` included.
    static func width(of type: String) -> Int {
        WireType(rawValue: type)?.size ?? (type.hasPrefix("U") ? 4 * (Int(type.dropFirst()) ?? 0) : 0)
    }

    /// The type that holds the values of two; nil if there is none.
    static func common(_ left: String, _ right: String) -> String? {
        if left == right { return left }
        guard let left = WireType(rawValue: left), let right = WireType(rawValue: right), left != .string16,
            right != .string16
        else { return nil }
        let isWhole = left.isInteger && right.isInteger && left != .uint64 && right != .uint64
        return (isWhole ? WireType.int64 : .float64).rawValue
    }

    /// Values as those of a type that ``common(_:_:)`` gave.
    static func converted(_ bytes: [UInt8], from: String, to: String) -> [UInt8] {
        guard from != to, let from = WireType(rawValue: from) else { return bytes }
        return bytes.withUnsafeBytes { bytes in
            switch from {
            case .int8: values(bytes, Int8.self, to)
            case .int16: values(bytes, Int16.self, to)
            case .int32: values(bytes, Int32.self, to)
            case .int64: values(bytes, Int64.self, to)
            case .uint8: values(bytes, UInt8.self, to)
            case .uint16: values(bytes, UInt16.self, to)
            case .uint32: values(bytes, UInt32.self, to)
            case .uint64: values(bytes, UInt64.self, to)
            case .float32:
                self.bytes(bytes, UInt32.self) { bits in
                    Double(Float(bitPattern: UInt32(littleEndian: bits))).bitPattern.littleEndian
                }
            case .float64, .string16: Array(bytes)
            }
        }
    }

    private static func values<Value: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer,
        _ type: Value.Type,
        _ to: String
    ) -> [UInt8] {
        to == WireType.int64.rawValue
            ? self.bytes(bytes, type) { Int64(truncatingIfNeeded: Value(littleEndian: $0)).littleEndian }
            : self.bytes(bytes, type) { Double(Value(littleEndian: $0)).bitPattern.littleEndian }
    }

    private static func bytes<Value: BitwiseCopyable, Other: BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer,
        _ type: Value.Type,
        _ convert: (Value) -> Other
    ) -> [UInt8] {
        let width = MemoryLayout<Value>.size
        return (0..<bytes.count / width).map { convert(bytes.loadUnaligned(fromByteOffset: $0 * width, as: type)) }
            .withUnsafeBytes { Array($0) }
    }

    /// What stands for values that are not there: NaN, 0 or no text.
    static func missing(_ type: String, count: Int) -> [UInt8] {
        switch WireType(rawValue: type) {
        case .float32: WireValues.bytes(of: [UInt32](repeating: Float.nan.bitPattern, count: count))
        case .float64: WireValues.bytes(of: [UInt64](repeating: Double.nan.bitPattern, count: count))
        default: [UInt8](repeating: 0, count: width(of: type) * count)
        }
    }
}
