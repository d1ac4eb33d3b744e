internal import Columnar

/// Rows of one bucket: a time each, and its columns packed one after the other as MarketStore's files have them.
///
/// Rows that say the same are the same bytes: NaN has one form, and what follows the end of a text is zero.
public struct BucketRows: Sendable, Hashable {
    /// The columns, without `Epoch` and `Nanoseconds`.
    public let columns: [Bucket.Column]
    /// Whether times have nanoseconds, and any number of rows may have the same.
    public let isVariable: Bool
    /// Bytes of a row.
    public let rowBytes: Int
    /// Nanoseconds since the epoch, one a row.
    public private(set) var times: [Int64] = []
    /// The rows' bytes.
    public private(set) var bytes: [UInt8] = []

    private let layout: [(offset: Int, type: WireType)]

    /// Number of rows.
    public var count: Int { times.count }

    /// No rows.
    public init(columns: [Bucket.Column], isVariable: Bool) {
        self.columns = columns
        self.isVariable = isVariable
        var (offset, layout): (Int, [(offset: Int, type: WireType)]) = (0, [])
        for column in columns {
            layout.append((offset, column.type))
            offset += column.type.size
        }
        self.layout = layout
        rowBytes = offset
    }

    /// Whether columns, kind and rows are the same.
    public static func == (left: BucketRows, right: BucketRows) -> Bool {
        left.columns == right.columns && left.isVariable == right.isVariable && left.times == right.times
            && left.bytes == right.bytes
    }

    /// Feeds times and bytes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(times)
        hasher.combine(bytes)
    }

    /// Forgets the rows, not the memory.
    public mutating func removeAll() {
        times.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    /// Adds the row whose columns are the first ``rowBytes`` of `source`; nothing if that has fewer.
    public mutating func append(time: Int64, _ source: UnsafeRawBufferPointer) {
        guard source.count >= rowBytes else { return }
        times.append(time)
        let start = bytes.count
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: source[..<rowBytes]))
        bytes.withUnsafeMutableBytes { all in
            for (offset, type) in layout where type == .float32 || type == .float64 || type == .string16 {
                RowForm.normalize(UnsafeMutableRawBufferPointer(rebasing: all[(start + offset)...]), type)
            }
        }
    }

    /// Adds a row of other rows with the same columns.
    public mutating func append(_ row: Int, of other: BucketRows) {
        guard other.rowBytes == rowBytes, other.times.indices.contains(row) else { return }
        times.append(other.times[row])
        bytes.append(contentsOf: other.bytes[row * rowBytes..<(row + 1) * rowBytes])
    }

    /// The bytes of a row.
    public func row(_ index: Int) -> ArraySlice<UInt8> { bytes[index * rowBytes..<(index + 1) * rowBytes] }

    // MARK: Datasets

    /// The rows as they are written to a bucket: `Epoch`, the columns, and `Nanoseconds` if the bucket is variable.
    public func dataset(key: String) -> Dataset {
        var dataset = Dataset(
            rowCount: count,
            spans: [Dataset.Span(key: key, start: 0, count: count)]
        )
        dataset.columns.append(
            .init(name: "Epoch", type: "i8", bytes: Self.packed(times.map { floorDivide($0, CivilTime.second) }))
        )
        for (column, place) in zip(columns, layout) {
            dataset.columns.append(
                .init(name: column.name, type: column.type.rawValue, bytes: gathered(place.offset, place.type.size))
            )
        }
        if isVariable {
            let rests = times.map { time in
                let rest = time % CivilTime.second
                return Int32(truncatingIfNeeded: rest < 0 ? rest + CivilTime.second : rest)
            }
            dataset.columns.append(.init(name: "Nanoseconds", type: "i4", bytes: Self.packed(rests)))
        }
        return dataset
    }

    /// The rows of a dataset that has all of `columns`, by name, with their types; nil if it does not.
    public init?(_ dataset: Dataset, columns: [Bucket.Column], isVariable: Bool) {
        self.init(columns: columns, isVariable: isVariable)
        let count = dataset.rowCount
        func values(_ name: String, _ type: WireType) -> [UInt8]? {
            dataset.columns.first {
                $0.name == name && $0.type == type.rawValue && $0.bytes.count == count * type.size
            }?
            .bytes
        }
        guard count >= 0, let epochs = values("Epoch", .int64) else { return nil }
        let rests = isVariable ? values("Nanoseconds", .int32) : nil
        guard !isVariable || rests != nil else { return nil }
        let sources = columns.compactMap { values($0.name, $0.type) }
        guard sources.count == columns.count else { return nil }
        times.reserveCapacity(count)
        for row in 0..<count {
            let second = epochs.withUnsafeBytes { $0.number(Int64.self, at: row * 8) } ?? 0
            let rest = rests.map { Int64($0.withUnsafeBytes { $0.number(Int32.self, at: row * 4) } ?? 0) } ?? 0
            times.append(second &* CivilTime.second &+ rest)
        }
        bytes = [UInt8](repeating: 0, count: count * rowBytes)
        for (source, place) in zip(sources, layout) { scatter(source, place.offset, place.type) }
    }

    private static func packed<Number: FixedWidthInteger>(_ numbers: [Number]) -> [UInt8] {
        // The machines that this runs on are little-endian, and so is the wire.
        numbers.withUnsafeBytes { Array($0) }
    }

    private func gathered(_ offset: Int, _ size: Int) -> [UInt8] {
        let (count, rowBytes) = (count, rowBytes)
        return bytes.withUnsafeBytes { source in
            [UInt8](unsafeUninitializedCapacity: count * size) { target, filled in
                filled = count * size
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                for row in 0..<count {
                    UnsafeMutableRawPointer(to + row * size)
                        .copyMemory(from: from + row * rowBytes + offset, byteCount: size)
                }
            }
        }
    }

    private mutating func scatter(_ source: [UInt8], _ offset: Int, _ type: WireType) {
        let (count, rowBytes) = (count, rowBytes)
        bytes.withUnsafeMutableBytes { target in
            source.withUnsafeBytes { source in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                for row in 0..<count {
                    let place = to + row * rowBytes + offset
                    place.copyMemory(from: from + row * type.size, byteCount: type.size)
                    RowForm.normalize(UnsafeMutableRawBufferPointer(start: place, count: type.size), type)
                }
            }
        }
    }
}

/// The one form of a value that has several.
enum RowForm {
    /// Changes the value at the start of `bytes`, which has room for one of the type.
    static func normalize(_ bytes: UnsafeMutableRawBufferPointer, _ type: WireType) {
        switch type {
        case .float32:
            if bytes.loadUnaligned(as: Float.self).isNaN { bytes.storeBytes(of: Float.nan, as: Float.self) }
        case .float64:
            if bytes.loadUnaligned(as: Double.self).isNaN { bytes.storeBytes(of: Double.nan, as: Double.self) }
        case .string16: normalizeText(bytes)
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: return
        }
    }

    /// Sixteen code points: nothing after the first zero, and no number that is none.
    private static func normalizeText(_ bytes: UnsafeMutableRawBufferPointer) {
        var hasEnded = false
        for index in 0..<16 {
            let value = bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
            hasEnded = hasEnded || value == 0
            let shown = hasEnded ? 0 : Unicode.Scalar(value)?.value ?? 0xFFFD
            if shown != value { bytes.storeBytes(of: shown, toByteOffset: 4 * index, as: UInt32.self) }
        }
    }
}
