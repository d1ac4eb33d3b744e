import Columnar
import Engine
import QueryLang

/// The rows of an answer as bytes of columns.
struct WireAnswer {
    let columns: [Dataset.Column]
    let rowCount: Int
    /// Which rows are of which symbol of the list that was asked for; empty if none was.
    let runs: [SymbolRun]

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
    private var bytes: [WireBytes]
    /// Texts of columns whose width is known at the end only.
    private var texts: [[String]]
    private var runs: [SymbolRun] = []
    private var rowCount = 0
    private var byteCount = 0

    /// Creates a reader of these columns; with names, the column `symbol` says which of them a row is of, and is no column.
    init(_ columns: [WireTypes.Column], symbols names: [String]?) {
        self.columns = columns
        self.names = names
        places = Dictionary((names ?? []).enumerated().map { ($1, $0) }) { first, _ in first }
        bytes = columns.map { _ in WireBytes() }
        texts = columns.map { _ in [] }
    }

    private func isKey(_ column: WireTypes.Column) -> Bool { names != nil && column.isSymbol }

    /// Reads all rows.
    mutating func read(_ stream: ResultStream) throws(QueryError) {
        while let batch = try stream.next() {
            rowCount += batch.rowCount
            for (place, column) in columns.enumerated() {
                let vector = batch.columns[column.index]
                if isKey(column) {
                    readSymbols(vector, from: rowCount - batch.rowCount)
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

    /// Reads which symbols rows from `start` on are of.
    private mutating func readSymbols(_ vector: Vector, from start: Int) {
        switch vector.form {
        case .constant(.text(let name), let count): add(places[name] ?? -1, start..<start + count)
        case .dictionary(let codes, let dictionary) where vector.validity == nil:
            // Names are looked up as they are met: a batch has few of a dictionary of thousands.
            var known = [Int?](repeating: nil, count: dictionary.values.count)
            codes.withUnsafeBufferPointer { codes in
                var row = 0
                while row < codes.count {
                    let code = Int(codes[row])
                    var end = row + 1
                    while end < codes.count, codes[end] == codes[row] { end += 1 }
                    let symbol = known[code] ?? places[dictionary.values[code]] ?? -1
                    known[code] = symbol
                    add(symbol, start + row..<start + end)
                    row = end
                }
            }
        default:
            for row in 0..<vector.count {
                let name = vector.scalar(at: row)
                let symbol = if case .text(let name) = name { places[name] ?? -1 } else { -1 }
                add(symbol, start + row..<start + row + 1)
            }
        }
    }

    private mutating func add(_ symbol: Int, _ rows: Range<Int>) {
        if let last = runs.last, last.symbol == symbol, last.rows.upperBound == rows.lowerBound {
            runs[runs.count - 1].rows = last.rows.lowerBound..<rows.upperBound
        } else if !rows.isEmpty {
            runs.append(SymbolRun(symbol: symbol, rows: rows))
        }
    }

    /// What was read.
    var answer: WireAnswer {
        var answered: [Dataset.Column] = []
        for (place, column) in columns.enumerated() where !isKey(column) {
            guard column.isFreeText else {
                let (type, values) = (column.type.rawValue, bytes[place].array)
                answered.append(Dataset.Column(name: column.name, type: type, bytes: values))
                continue
            }
            let width = max(WireValues.textCharacters, texts[place].map(\.unicodeScalars.count).max() ?? 0)
            var encoded: [UInt8] = []
            for text in texts[place] { WireValues.append(text, characters: width, to: &encoded) }
            answered.append(Dataset.Column(name: column.name, type: "U\(width)", bytes: encoded))
        }
        return WireAnswer(columns: answered, rowCount: rowCount, runs: runs)
    }
}
