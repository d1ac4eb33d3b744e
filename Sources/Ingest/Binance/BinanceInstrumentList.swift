/// The venue's instrument list, `GET /api/v3/exchangeInfo`.
public struct BinanceInstrumentList: Sendable {
    /// Symbols that trade, in the venue's order.
    public private(set) var symbols: [BinanceSymbol] = []
    /// Symbols that are listed but do not trade now.
    public private(set) var halted: [BinanceSymbol] = []

    /// Reads a list; what is not needed of it is skipped.
    public init(_ body: UnsafeBufferPointer<UInt8>) throws(IngestError) {
        guard var cursor = JSONCursor(body) else { throw IngestError(.malformedFrame, .unexpectedEnd) }
        var found = false
        try Self.members(&cursor) { key, cursor throws(IngestError) in
            guard key == "symbols", try cursor.peek() == .openBracket else { return try cursor.skipValue() }
            found = true
            try self.list(&cursor)
        }
        try cursor.expectEnd()
        guard found else { throw IngestError(.rejectedMessage, .missingField, detail: "exchangeInfo has no symbols") }
    }

    private mutating func list(_ cursor: inout JSONCursor) throws(IngestError) {
        try cursor.expect(.openBracket)
        if try cursor.take(.closeBracket) { return }
        repeat {
            guard try cursor.peek() == .openBrace else {
                try cursor.skipValue()
                continue
            }
            var texts = ["": ""]
            try Self.members(&cursor) { key, cursor throws(IngestError) in
                guard Self.wanted.contains(key), try cursor.peek() == .quote else { return try cursor.skipValue() }
                let text = try cursor.string()
                var bytes: [UInt8] = []
                cursor.appendUnescaped(text, to: &bytes)
                texts[key] = String(decoding: bytes, as: UTF8.self)
            }
            guard let name = texts["symbol"], let base = texts["baseAsset"], let quote = texts["quoteAsset"],
                !name.isEmpty, !base.isEmpty, !quote.isEmpty, name.utf8.count <= BinanceSymbol.nameBytesMax
            else { continue }
            let symbol = BinanceSymbol(name: name, base: base, quote: quote)
            if texts["status"] ?? "TRADING" == "TRADING" { symbols.append(symbol) } else { halted.append(symbol) }
        } while try cursor.take(.comma)
        try cursor.expect(.closeBracket)
    }

    private static let wanted: Set<String> = ["symbol", "status", "baseAsset", "quoteAsset"]

    private static func members(
        _ cursor: inout JSONCursor,
        _ body: (String, inout JSONCursor) throws(IngestError) -> Void
    ) throws(IngestError) {
        try cursor.expect(.openBrace)
        if try cursor.take(.closeBrace) { return }
        repeat {
            let key = try cursor.string()
            try cursor.expect(.colon)
            try body(String(decoding: cursor.bytes(key), as: UTF8.self), &cursor)
        } while try cursor.take(.comma)
        try cursor.expect(.closeBrace)
    }
}
