import Columnar
import QueryLang

/// Numbers the combinations of key values on the held side of a join, and finds those of the other side.
///
/// Values are equal as `=` says: null and NaN equal nothing, both zeros are one, int64 and float64 are compared as doubles,
/// texts by their bytes, whether symbol or string. Without keys every row has number 0.
struct JoinKeys {
    /// The number of a row whose key equals none of the held side.
    static let none = UInt32.max

    private var columns: [JoinKeyColumn]
    private var table: GroupTable

    init(_ keys: [BoundJoin.Key], left: [ColumnType], right: [ColumnType]) {
        columns = keys.map { JoinKeyColumn(left[$0.left], right[$0.right]) }
        table = GroupTable(width: keys.count)
    }

    /// Numbers given so far: 0 to this, each to a row at least, but for number 0 of a join without keys.
    var count: Int {
        if columns.isEmpty { return 1 }
        return isNumberedByText ? columns[0].textCount : table.count
    }

    /// Bytes held, about.
    var byteCount: Int {
        table.count * (columns.count * MemoryLayout<UInt64>.stride + Self.slotBytes)
            + columns.reduce(0) { $0 + $1.byteCount }
    }

    /// Slots of a table are half to a quarter full.
    private static let slotBytes = 12

    /// One key that is text: its texts are numbered already.
    private var isNumberedByText: Bool { columns.count == 1 && columns[0].isText }

    /// The number of each row of the held side; ``none`` for rows that can equal nothing.
    mutating func add(_ vectors: [Vector], rowCount: Int) -> Buffer<UInt32> {
        numbers(vectors, rowCount, adds: true)
    }

    /// The number of each row of the other side.
    mutating func find(_ vectors: [Vector], rowCount: Int) -> Buffer<UInt32> {
        numbers(vectors, rowCount, adds: false)
    }

    private mutating func numbers(_ vectors: [Vector], _ rowCount: Int, adds: Bool) -> Buffer<UInt32> {
        if columns.isEmpty { return .filled(count: rowCount) { $0.initialize(repeating: 0, count: rowCount) } }
        let width = columns.count
        var isMissing = [Bool](repeating: false, count: rowCount)
        var cells = [UInt64](repeating: 0, count: rowCount * width)
        for index in columns.indices {
            cells.withUnsafeMutableBufferPointer { cells in
                guard let base = cells.baseAddress else { return }
                columns[index].encode(vectors[index], into: base + index, stride: width, &isMissing, adds: adds)
            }
        }
        let isNumbered = isNumberedByText
        return cells.withUnsafeBufferPointer { cells in
            Buffer.filled(count: rowCount) { target in
                for row in 0..<rowCount {
                    if isMissing[row] {
                        target[row] = Self.none
                    } else if isNumbered {
                        target[row] = UInt32(truncatingIfNeeded: cells[row])
                    } else {
                        let key = cells.part(row * width..<(row + 1) * width)
                        let group = adds ? table.group(of: key).group : table.known(key) ?? -1
                        target[row] = UInt32(truncatingIfNeeded: group)
                    }
                }
            }
        }
    }
}

/// One key of a join: turns its values on both sides into integers that are equal if the values are.
struct JoinKeyColumn {
    private enum Kind {
        case integers
        case doubles
        case booleans
        case texts
    }

    private let kind: Kind
    /// Numbers of the held side's texts.
    private var ids: [TextBytes: UInt32] = [:]
    private var textBytes = 0
    /// What is known of the dictionary that was met last, which most batches share. Kept alive, so that its identity is not
    /// used again.
    private var dictionary: StringDictionary?
    private var idsByCode: [UInt32] = []

    init(_ left: ColumnType, _ right: ColumnType) {
        kind =
            switch (left, right) {
            case (.float64, _), (_, .float64): .doubles
            case (.boolean, _): .booleans
            case (.symbol, _), (.string, _): .texts
            case (.int64, _), (.timestamp, _): .integers
            }
    }

    var isText: Bool { kind == .texts }
    /// Distinct texts.
    var textCount: Int { ids.count }
    /// Bytes of texts held, about.
    var byteCount: Int { textBytes }

    /// A text that was not looked up yet, and one that the held side has not.
    private static let unknown = UInt32.max
    private static let absent = UInt32.max - 1
    /// Of an entry of a hash table, its text aside.
    private static let entryBytes = 40

    /// Writes an integer a row, and marks rows that can equal nothing.
    ///
    /// - Parameter adds: whether these are rows of the held side; else texts that it has not are missing.
    mutating func encode(
        _ vector: Vector,
        into target: UnsafeMutablePointer<UInt64>,
        stride: Int,
        _ isMissing: inout [Bool],
        adds: Bool
    ) {
        let count = vector.count
        if vector.isNull {
            for row in 0..<count { isMissing[row] = true }
            return
        }
        if let validity = vector.validity {
            for row in 0..<count where !validity[row] { isMissing[row] = true }
        }
        switch kind {
        case .integers:
            let values = vector.int64Values
            for row in 0..<count { target[row * stride] = UInt64(bitPattern: values[row]) }
        case .doubles:
            let values = vector.float64Values
            for row in 0..<count {
                if values[row].isNaN { isMissing[row] = true }
                // Adding 0 turns -0 into 0.
                target[row * stride] = (values[row] + 0).bitPattern
            }
        case .booleans:
            let values = vector.booleanValues
            for row in 0..<count { target[row * stride] = UInt64(values[row]) }
        case .texts:
            for row in 0..<count where !isMissing[row] {
                let id = id(of: vector, row, adds: adds)
                if id == Self.absent { isMissing[row] = true }
                target[row * stride] = UInt64(id)
            }
        }
    }

    @inline(__always)
    private mutating func id(of vector: Vector, _ row: Int, adds: Bool) -> UInt32 {
        guard case .dictionary(let codes, let dictionary) = vector.form else {
            return id(of: vector.scalar(at: row).text ?? "", adds: adds)
        }
        if dictionary !== self.dictionary {
            self.dictionary = dictionary
            idsByCode = [UInt32](repeating: Self.unknown, count: dictionary.values.count)
        }
        let code = Int(codes[row])
        if idsByCode[code] == Self.unknown { idsByCode[code] = id(of: dictionary.values[code], adds: adds) }
        return idsByCode[code]
    }

    private mutating func id(of text: String, adds: Bool) -> UInt32 {
        if let id = ids[TextBytes(text)] { return id }
        guard adds else { return Self.absent }
        let id = UInt32(ids.count)
        ids[TextBytes(text)] = id
        textBytes += text.utf8.count + Self.entryBytes
        return id
    }
}
