/// Where a subscriber to server-sent events is after one of them: `BTC-USDT.BINANCE=k1:103`.
///
/// Several are separated by commas: a client sends the id that came last, in the field `Last-Event-ID`.
struct EventID: Sendable, Hashable {
    /// What stands for the instrument where a query is followed.
    static let query = "query"

    var symbol: String
    var epoch: String
    var seq: Int64

    init(symbol: String, epoch: String, seq: Int64) {
        self.symbol = symbol
        self.epoch = epoch
        self.seq = seq
    }

    /// Reads one id; nil if it is none.
    init?(_ text: some StringProtocol) {
        guard let equals = text.lastIndex(of: "="), let colon = text.lastIndex(of: ":"), equals < colon,
            let seq = Int64(text[text.index(after: colon)...]), let symbol = Self.unescaped(text[..<equals])
        else { return nil }
        self.init(symbol: symbol, epoch: String(text[text.index(after: equals)..<colon]), seq: seq)
    }

    var text: String { "\(Self.escaped(symbol))=\(epoch):\(seq)" }

    // MARK: - Symbols

    /// A series may have any name; an id is a field of HTTP, and a list of ids has commas. Percent signs are as in URLs.
    private static func escaped(_ symbol: String) -> String {
        func isPlain(_ byte: UInt8) -> Bool {
            byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: ",") && byte != percent
        }
        guard !symbol.utf8.allSatisfy(isPlain) else { return symbol }
        var bytes: [UInt8] = []
        for byte in symbol.utf8 {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes += [percent, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func unescaped(_ text: some StringProtocol) -> String? {
        var rest = Array(text.utf8)[...]
        guard rest.contains(percent) else { return String(text) }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == percent else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(value), let low = rest.popFirst().flatMap(value) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let percent = UInt8(ascii: "%")
    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
