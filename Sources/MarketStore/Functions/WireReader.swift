import Columnar
import Engine
import QueryLang

/// The rows of an answer as bytes of columns.
struct WireAnswer {
    let columns: [Dataset.Column]
    let rowCount: Int
    /// The symbol of each row, by its place in the list that was asked for; empty if none was.
    let symbols: [Int]

    /// What an aggregate gives of no rows: now, 0 for integers and NaN for the rest.
    var emptyRow: [[UInt8]] {
        columns.map { column in
            if column.name == BucketText.epoch {
                let now = floorDivide(WallClock.now(), CivilTime.second)
                return withUnsafeBytes(of: now.littleEndian) { Array($0) }
            }
            switch WireType(rawValue: column.type) {
            case .float32: return withUnsafeBytes(of: Float.nan.bitPattern.littleEndian) { Array($0) }
            case .float64: return withUnsafeBytes(of: Double.nan.bitPattern.littleEndian) { Array($0) }
            case let type: return [UInt8](repeating: 0, count: type?.size ?? 0)
            }
        }
    }
}

/// Reads an answer into bytes, batch by batch.
struct WireReader {
    private let columns: [WireTypes.Column]
    private let names: [String]?
    private let places: [String: Int]
    private var bytes: [[UInt8]]
    /// Texts of columns whose width is known at the end only.
    private var texts: [[String]]
    private var symbols: [Int] = []
    private var rowCount = 0
    private var byteCount = 0

    /// Creates a reader of these columns; with names, the column `symbol` says which of them a row is of, and is no column.
    init(_ columns: [WireTypes.Column], symbols names: [String]?) {
        self.columns = columns
        self.names = names
        places = Dictionary((names ?? []).enumerated().map { ($1, $0) }) { first, _ in first }
        bytes = columns.map { _ in [] }
        texts = columns.map { _ in [] }
    }

    private func isKey(_ column: WireTypes.Column) -> Bool { names != nil && column.name == BucketText.symbol }

    /// Reads all rows.
    mutating func read(_ stream: ResultStream) throws(QueryError) {
        while let batch = try stream.next() {
            rowCount += batch.rowCount
            for (place, column) in columns.enumerated() {
                let vector = batch.columns[column.index]
                if isKey(column) {
                    readSymbols(vector)
                } else if column.isFreeText {
                    let values = WireValues.texts(vector)
                    byteCount += values.reduce(0) { $0 + $1.utf8.count }
                    texts[place] += values
                } else {
                    byteCount += vector.count * column.type.size
                    WireValues.append(vector, as: column.type, to: &bytes[place])
                }
            }
            guard byteCount <= BucketPipelines.answerBytesMax else {
                throw QueryError(
                    .limit,
                    "the answer has more than \(BucketPipelines.answerBytesMax) bytes",
                    hint: "ask for a shorter time, or set a limit"
                )
            }
        }
    }

    private mutating func readSymbols(_ vector: Vector) {
        guard case .dictionary(let codes, let dictionary) = vector.form, vector.validity == nil else {
            for row in 0..<vector.count {
                if case .text(let name) = vector.scalar(at: row) {
                    symbols.append(places[name] ?? -1)
                } else {
                    symbols.append(-1)
                }
            }
            return
        }
        let known = dictionary.values.map { places[$0] ?? -1 }
        codes.withUnsafeBufferPointer { codes in
            for code in codes { symbols.append(known[Int(code)]) }
        }
    }

    /// What was read.
    var answer: WireAnswer {
        var answered: [Dataset.Column] = []
        for (place, column) in columns.enumerated() where !isKey(column) {
            guard column.isFreeText else {
                answered.append(Dataset.Column(name: column.name, type: column.type.rawValue, bytes: bytes[place]))
                continue
            }
            let width = max(WireValues.textCharacters, texts[place].map(\.unicodeScalars.count).max() ?? 0)
            var encoded: [UInt8] = []
            for text in texts[place] { WireValues.append(text, characters: width, to: &encoded) }
            answered.append(Dataset.Column(name: column.name, type: "U\(width)", bytes: encoded))
        }
        return WireAnswer(columns: answered, rowCount: rowCount, symbols: symbols)
    }
}
