import Columnar

/// The value of a function for each text of a dictionary, and for null: found once, then looked up by code.
struct DictionaryTable {
    /// Kept alive so that its identity stays its own.
    private var dictionary: StringDictionary?
    private var arguments: [Scalar] = []
    private var type = ColumnType.string
    /// A value for each code, and one more for null.
    private var values: [Scalar] = []
    /// For a result of symbols: the texts that there are, and the code of each value in them.
    private var texts = StringDictionary([])
    private var codes: [UInt32] = []

    init() {}

    /// Asks a function for every text. `arguments` are the others that it is called with.
    init(_ dictionary: StringDictionary, _ arguments: [Scalar], _ type: ColumnType, _ function: (Scalar) -> Scalar) {
        self.dictionary = dictionary
        self.arguments = arguments
        self.type = type
        values = dictionary.values.map { function(.text($0)) } + [function(.null)]
        guard type == .symbol else { return }
        var interner = TextInterner()
        codes = values.map { interner.id(of: $0.text ?? "") }
        texts = StringDictionary(interner.texts)
    }

    /// Whether it was made of a dictionary and these other arguments.
    func isOf(_ dictionary: StringDictionary, _ arguments: [Scalar]) -> Bool {
        self.dictionary === dictionary && self.arguments == arguments
    }

    /// The values of rows; the code of a null row may be any.
    func vector(_ rows: Buffer<UInt32>, _ validity: Validity?) -> Vector {
        let count = rows.count
        let null = values.count - 1
        let indices = Buffer<UInt32>.filled(count: count) { target in
            for row in 0..<count {
                let isValid = validity.map { $0[row] } ?? true
                target[row] = isValid ? rows[row] : UInt32(null)
            }
        }
        let isNull = values.map(\.isNull)
        let isValid: Validity? =
            isNull.contains(true) && (validity != nil || isNull.dropLast().contains(true))
            ? .filled(count: count) { !isNull[Int(indices[$0])] } : nil
        return Vector(type: type, form: form(indices, count), validity: isValid)
    }

    private func form(_ indices: Buffer<UInt32>, _ count: Int) -> Vector.Form {
        switch type {
        case .boolean:
            let table: [UInt8] = values.map { $0 == .boolean(true) ? 1 : 0 }
            return .boolean(Self.look(indices, table))
        case .int64, .timestamp: return .int64(Self.look(indices, values.map { $0.int64 ?? 0 }))
        case .float64: return .float64(Self.look(indices, values.map { $0.double ?? 0 }))
        case .symbol: return .dictionary(Self.look(indices, codes), texts)
        case .string:
            let texts = values.map { Array(($0.text ?? "").utf8) }
            var offsets = BufferBuilder<UInt32>(capacity: count + 1)
            var bytes = BufferBuilder<UInt8>(capacity: count * 8)
            offsets.append(0)
            for row in 0..<count {
                texts[Int(indices[row])].withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
                offsets.append(UInt32(clamping: bytes.count))
            }
            return .text(offsets: offsets.take(), bytes: bytes.take())
        }
    }

    private static func look<Value: BitwiseCopyable & Sendable>(
        _ indices: Buffer<UInt32>,
        _ table: [Value]
    ) -> Buffer<Value> {
        .filled(count: indices.count) { target in
            for row in 0..<indices.count { target[row] = table[Int(indices[row])] }
        }
    }
}
