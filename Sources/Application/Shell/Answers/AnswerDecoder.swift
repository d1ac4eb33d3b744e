import Documents

/// Cuts the bytes of an answer in MessagePack into its parts as they arrive.
///
/// Memory is bounded by the longest row: rows of a batch are taken one by one.
struct AnswerDecoder {
    /// No row is longer; what claims to be is no answer.
    static let rowBytesMax = 64 << 20

    private var bytes: [UInt8] = []
    private var start = 0
    /// Rows of the current batch that are to come.
    private var rowsLeft = 0
    private var columnCount = 0

    /// Takes bytes as they arrive.
    mutating func feed(_ more: some Sequence<UInt8>) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next part; nil until more bytes arrive.
    mutating func next() throws(DocumentError) -> AnswerPart? {
        var reader = MessagePackReader(bytes, from: start)
        do throws(DocumentError) {
            while rowsLeft == 0 {
                guard let count = try reader.arrayCount() else {
                    let part = try part(of: reader.value())
                    if case .columns(let columns) = part { columnCount = columns.count }
                    start = reader.index
                    return part
                }
                rowsLeft = count
                start = reader.index
            }
            guard case .array(let values) = try reader.value(), values.count == columnCount else {
                throw malformed("a row of another shape")
            }
            let row = try row(values)
            rowsLeft -= 1
            start = reader.index
            return .row(row)
        } catch  where error.isIncomplete {
            guard bytes.count - start <= Self.rowBytesMax else { throw malformed("a row without an end") }
            return nil
        }
    }

    private func malformed(_ message: String) -> DocumentError {
        DocumentError(offset: start, message: message, isIncomplete: false)
    }

    private func row(_ values: [DocumentValue]) throws(DocumentError) -> [AnswerValue] {
        var row: [AnswerValue] = []
        row.reserveCapacity(values.count)
        for value in values {
            switch value {
            case .null: row.append(.null)
            case .boolean(let value): row.append(.boolean(value))
            case .integer(let value): row.append(.integer(value))
            case .number(let value): row.append(.double(value))
            case .timestamp(let value): row.append(.timestamp(value))
            case .string(let text): row.append(.text(text))
            case .binary(let bytes): row.append(.text(String(decoding: bytes, as: UTF8.self)))
            case .array, .object: throw malformed("a value that is none")
            }
        }
        return row
    }

    private func part(of value: DocumentValue) throws(DocumentError) -> AnswerPart {
        if let columns = value["columns"]?.array {
            return .columns(columns.map(AnswerColumn.init))
        }
        if let end = value["end"] {
            return .end(
                AnswerSummary(
                    rows: end["rows"]?.integer ?? 0,
                    elapsedMicroseconds: end["elapsed_us"]?.integer ?? 0,
                    rowsScanned: end["stats"]?["rows_scanned"]?.integer ?? 0,
                    blocksScanned: end["stats"]?["blocks_scanned"]?.integer ?? 0
                )
            )
        }
        if let error = value["error"] { return .failure(error["message"]?.string ?? "the query failed") }
        throw malformed("an unknown part")
    }
}

extension AnswerColumn {
    /// A column as the gateway describes it.
    init(_ description: DocumentValue) {
        self.init(name: description["name"]?.string ?? "", type: description["type"]?.string ?? "")
    }
}
