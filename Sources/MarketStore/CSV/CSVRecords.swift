/// Cuts bytes into records of fields, as RFC 4180 has them: fields in quotes may hold delimiters, line ends and doubled quotes.
///
/// Bytes come in pieces, cut anywhere. Lines end in LF or CRLF; empty ones are passed over. A byte order mark is none of the
/// first field. What RFC 4180 forbids is told with line and column, and the reader goes on in the next line.
public struct CSVRecords: Sendable {
    /// A record that is no record.
    public struct Malformed: Error, Sendable, Hashable {
        /// Line, from 1.
        public var line: Int
        /// Byte of the line, from 1.
        public var column: Int
        /// What is wrong.
        public var message: String
    }

    /// One record. Its fields are views into one array.
    public struct Record: Sendable, Hashable {
        /// The line that it begins in, from 1.
        public var line = 1
        var bytes: [UInt8] = []
        var ends: [Int] = []
        /// Byte of the line that each field begins at, from 1.
        var columns: [Int] = []

        /// Number of fields.
        public var count: Int { ends.count }

        /// A field's bytes without quotes.
        public func field(_ index: Int) -> ArraySlice<UInt8> {
            guard ends.indices.contains(index) else { return [] }
            return bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
        }

        /// A field as text.
        public func text(_ index: Int) -> String { String(decoding: field(index), as: UTF8.self) }

        /// Where a field begins in its line.
        public func column(_ index: Int) -> Int { columns.indices.contains(index) ? columns[index] : 1 }
    }

    /// The longest record.
    public static let recordBytesMax = 1 << 20

    private enum State {
        case fieldStart
        case plain
        case quoted
        /// Behind a quote in a quoted field: its end, or the first of two.
        case quote
        /// Behind something malformed, until the line ends.
        case skipping
    }

    private let delimiter: UInt8
    private var state = State.fieldStart
    private var record = Record()
    private var line = 1
    private var column = 0
    private var quoteAt = (line: 1, column: 1)
    private var prefix = 0

    /// A reader of fields that a byte delimits.
    public init(delimiter: UInt8 = UInt8(ascii: ",")) { self.delimiter = delimiter }

    /// Reads some bytes; gives each record that ends in them, or what is malformed.
    public mutating func feed(
        _ bytes: some Sequence<UInt8>,
        _ body: (Result<Record, Malformed>) throws -> Void
    ) rethrows {
        for byte in bytes {
            if prefix < 3 {
                // A byte order mark: EF BB BF.
                let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
                if byte == mark[prefix], line == 1, column == 0 {
                    prefix += 1
                    continue
                }
                prefix = 3
            }
            column += 1
            if let result = take(byte) { try body(result) }
            if byte == UInt8(ascii: "\n") { (line, column) = (line + 1, 0) }
        }
    }

    /// Ends the last record, which may lack its line end.
    public mutating func finish(_ body: (Result<Record, Malformed>) throws -> Void) rethrows {
        if state == .quoted {
            state = .fieldStart
            try body(
                .failure(Malformed(line: quoteAt.line, column: quoteAt.column, message: "the quote is not closed"))
            )
            return
        }
        column += 1
        if state != .skipping, let result = endRecord() { try body(result) }
        state = .fieldStart
    }

    private mutating func take(_ byte: UInt8) -> Result<Record, Malformed>? {
        let isLineEnd = byte == UInt8(ascii: "\n")
        if record.ends.isEmpty, state == .fieldStart, record.bytes.isEmpty { record.line = line }
        switch state {
        case .skipping:
            if isLineEnd { reset() }
        case .fieldStart:
            guard byte == UInt8(ascii: "\"") else {
                record.columns.append(column)
                state = .plain
                return take(byte)
            }
            state = .quoted
            quoteAt = (line, column)
            record.columns.append(column)
        case .plain:
            if isLineEnd { return endRecord() }
            if byte == delimiter {
                endField()
            } else if byte == UInt8(ascii: "\"") {
                return malformed("a quote inside of a field that does not begin with one")
            } else {
                record.bytes.append(byte)
            }
        case .quoted:
            if byte == UInt8(ascii: "\"") { state = .quote } else { record.bytes.append(byte) }
        case .quote:
            if byte == UInt8(ascii: "\"") {
                record.bytes.append(byte)
                state = .quoted
            } else if isLineEnd {
                return endRecord()
            } else if byte == delimiter {
                endField()
            } else if byte != UInt8(ascii: "\r") {
                return malformed("text behind the quote that ends a field")
            }
        }
        if record.bytes.count > Self.recordBytesMax {
            return malformed("a record of more than \(Self.recordBytesMax) bytes")
        }
        return nil
    }

    private mutating func malformed(_ message: String) -> Result<Record, Malformed> {
        let failure = Malformed(line: line, column: column, message: message)
        reset()
        state = .skipping
        return .failure(failure)
    }

    private mutating func endField() {
        record.ends.append(record.bytes.count)
        state = .fieldStart
    }

    private mutating func endRecord() -> Result<Record, Malformed>? {
        if state == .plain, record.bytes.last == UInt8(ascii: "\r"), record.bytes.count > (record.ends.last ?? 0) {
            record.bytes.removeLast()
        }
        if state == .fieldStart { record.columns.append(column) }
        record.ends.append(record.bytes.count)
        let isEmpty = record.count == 1 && record.bytes.isEmpty && state != .quote
        let ended = record
        reset()
        return isEmpty ? nil : .success(ended)
    }

    private mutating func reset() {
        record = Record()
        state = .fieldStart
    }
}
