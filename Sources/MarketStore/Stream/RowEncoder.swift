internal import Columnar

/// Writes rows of a bucket as MarketStore pushes them: one MessagePack map a row.
///
///     {"key": "BTC-USD/1Min/OHLCV", "data": {"Epoch": 1795224600, "Open": 1.0, …}}
///
/// Every number has the width of its column: `f4` is a float of 32 bits, `f8` of 64, `u2` an unsigned integer of 16. `Epoch` is
/// an integer of 64 bits, and so is the `Nanoseconds` at the end of a variable bucket's rows one of 32. A null, which
/// MarketStore does not know, is NaN, zero or an empty text.
struct RowEncoder {
    /// Columns of the table before those of the bucket: the time and the symbol.
    private static let firstColumn = 2

    let bucket: Bucket
    /// What every row begins with, up to the value of `Epoch`.
    private let head: [UInt8]
    /// Names of the columns.
    private let names: [[UInt8]]
    private static let nanoseconds: [UInt8] = {
        var bytes: [UInt8] = []
        MessagePackText.append("Nanoseconds", to: &bytes)
        return bytes
    }()

    init(_ bucket: Bucket) {
        self.bucket = bucket
        var head: [UInt8] = [0x82]
        MessagePackText.append("key", to: &head)
        MessagePackText.append(bucket.key.description, to: &head)
        MessagePackText.append("data", to: &head)
        let count = bucket.columns.count + (bucket.isVariable ? 2 : 1)
        if count < 16 {
            head.append(0x80 | UInt8(truncatingIfNeeded: count))
        } else if count <= 0xFFFF {
            head += [0xDE, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
        } else {
            head.append(0xDF)
            for shift in [24, 16, 8, 0] { head.append(UInt8(truncatingIfNeeded: count >> shift)) }
        }
        MessagePackText.append("Epoch", to: &head)
        self.head = head
        self.names = bucket.columns.map { column in
            var name: [UInt8] = []
            MessagePackText.append(column.name, to: &name)
            return name
        }
    }

    /// Appends one row of a group of the bucket's table.
    func append(_ row: Int, at time: Int64, of columns: [Vector?], to bytes: inout [UInt8]) {
        let second = floorDivide(time, CivilTime.second)
        bytes.append(contentsOf: head)
        Self.append(0xD3, UInt64(bitPattern: second), 8, to: &bytes)
        for (position, column) in bucket.columns.enumerated() {
            bytes.append(contentsOf: names[position])
            let index = position + Self.firstColumn
            Self.append(index < columns.count ? columns[index] : nil, row, column.type, to: &bytes)
        }
        guard bucket.isVariable else { return }
        bytes.append(contentsOf: Self.nanoseconds)
        Self.append(0xD2, UInt64(bitPattern: time &- second &* CivilTime.second), 4, to: &bytes)
    }

    // MARK: - Values

    private static func append(_ vector: Vector?, _ row: Int, _ type: WireType, to bytes: inout [UInt8]) {
        switch type {
        case .float32: append(0xCA, UInt64(Float(double(vector, row)).bitPattern), 4, to: &bytes)
        case .float64: append(0xCB, double(vector, row).bitPattern, 8, to: &bytes)
        case .int8: append(0xD0, integer(vector, row), 1, to: &bytes)
        case .int16: append(0xD1, integer(vector, row), 2, to: &bytes)
        case .int32: append(0xD2, integer(vector, row), 4, to: &bytes)
        case .int64: append(0xD3, integer(vector, row), 8, to: &bytes)
        case .uint8: append(0xCC, integer(vector, row), 1, to: &bytes)
        case .uint16: append(0xCD, integer(vector, row), 2, to: &bytes)
        case .uint32: append(0xCE, integer(vector, row), 4, to: &bytes)
        case .uint64: append(0xCF, integer(vector, row), 8, to: &bytes)
        case .string16:
            if case .text(let text)? = vector?.scalar(at: row) {
                MessagePackText.append(text, to: &bytes)
            } else {
                bytes.append(0xA0)
            }
        }
    }

    private static func double(_ vector: Vector?, _ row: Int) -> Double {
        guard let vector else { return .nan }
        if vector.validity == nil, case .float64(let values) = vector.form { return values[row] }
        switch vector.scalar(at: row) {
        case .float64(let value): return value
        case .int64(let value): return Double(value)
        case .null, .boolean, .timestamp, .text: return .nan
        }
    }

    /// The bits of an integer; the low ones are those of a narrower type.
    private static func integer(_ vector: Vector?, _ row: Int) -> UInt64 {
        guard let vector else { return 0 }
        if vector.validity == nil, case .int64(let values) = vector.form { return UInt64(bitPattern: values[row]) }
        switch vector.scalar(at: row) {
        case .int64(let value): return UInt64(bitPattern: value)
        case .boolean(let flag): return flag ? 1 : 0
        case .null, .float64, .timestamp, .text: return 0
        }
    }

    /// A tag and the low bytes of a word, the high ones of these first.
    private static func append(_ tag: UInt8, _ value: UInt64, _ count: Int, to bytes: inout [UInt8]) {
        bytes.append(tag)
        var word = (value << UInt64(64 - 8 * count)).bigEndian
        withUnsafeBytes(of: &word) { bytes.append(contentsOf: $0.prefix(count)) }
    }
}
