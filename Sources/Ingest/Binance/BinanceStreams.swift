/// The names and texts with which streams are asked for.
public enum BinanceStreams {
    /// Streams that one connection may carry, by the venue's rule.
    public static let streamsMax = 1_024
    /// Instruments that one connection can carry with three streams each.
    public static let symbolsMax = streamsMax / kinds.count
    /// Streams asked for in one message; well below the venue's limit on a message's size.
    static let streamsPerMessage = 150
    static let kinds = ["depth@100ms", "trade", "bookTicker"]

    /// The stream names of a venue symbol: `btcusdt@depth@100ms`, `btcusdt@trade`, `btcusdt@bookTicker`.
    public static func names(symbol: String) -> [String] { kinds.map { "\(symbol.lowercased())@\($0)" } }

    /// The path of a combined stream, with times in microseconds if asked for.
    public static func combinedPath(streams: [String], microseconds: Bool) -> String {
        var query: [String] = []
        if !streams.isEmpty { query.append("streams=" + streams.map(percentEncoded).joined(separator: "/")) }
        if microseconds { query.append("timeUnit=MICROSECOND") }
        return query.isEmpty ? "/stream" : "/stream?" + query.joined(separator: "&")
    }

    /// The messages that subscribe to streams on a connection that is open, with ids 1, 2, 3, ...
    public static func subscribeMessages(streams: [String]) -> [String] {
        stride(from: 0, to: streams.count, by: streamsPerMessage).enumerated().map { number, start in
            let names = streams[start..<min(start + streamsPerMessage, streams.count)]
            let list = names.map { "\"\($0)\"" }.joined(separator: ",")
            return "{\"method\":\"SUBSCRIBE\",\"params\":[\(list)],\"id\":\(number + 1)}"
        }
    }

    /// Leaves what a query may hold and writes the rest as `%XX`: some of the venue's symbols are not ASCII.
    static func percentEncoded(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            let isPlain =
                byte.isDigit || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
                || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            if isPlain {
                output.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                output += hex.utf8.count == 1 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return output
    }
}
