internal import NIOCore

/// A subscriber's message, checked.
enum StreamRequest {
    case subscribe(Subscribe)
    case unsubscribe(sids: [Int64]?)
    case list
    case ping

    struct Subscribe {
        var symbols: [String]
        var features: [String]
        var mode = StreamMode.conflate
        var closesOnLag = true
        /// The epoch that a subscriber of old knows, by symbol.
        var resume: [String: String]?
    }

    /// Why a message is refused.
    struct Refusal: Error {
        var code: String
        var message: String
        var hint: String?
        /// UTF-8 offset in the message, if it is not JSON.
        var offset: Int?
    }

    /// The message's id, as far as one can be read.
    static func id(of value: JSONValue) -> Int64? { value["id"]?.integer }

    static func parse(_ bytes: ByteBuffer) throws(Refusal) -> (value: JSONValue, id: Int64?) {
        do {
            let value = try JSONValue.parse(Array(bytes.readableBytesView))
            return (value, id(of: value))
        } catch {
            throw Refusal(code: "bad_json", message: error.message, offset: error.offset)
        }
    }

    init(_ value: JSONValue) throws(Refusal) {
        guard case .object = value, let op = value["op"]?.string else {
            throw Refusal(code: "bad_request", message: "a request is an object with a member \"op\"")
        }
        switch op {
        case "subscribe": self = .subscribe(try Self.subscribe(value))
        case "unsubscribe": self = .unsubscribe(sids: try Self.sids(value))
        case "list": self = .list
        case "ping": self = .ping
        default:
            let operations = ["subscribe", "unsubscribe", "list", "ping"]
            throw Refusal(
                code: "unknown_op",
                message: "'\(op.prefix(40))' is none of \(operations.joined(separator: ", "))",
                hint: NearestSymbol.hint(for: op, among: operations)
            )
        }
    }

    private static func subscribe(_ value: JSONValue) throws(Refusal) -> Subscribe {
        for name in ["view", "query", "max_rate_hz", "batch"] where value[name] != nil {
            throw Refusal(code: "unsupported", message: "\"\(name)\" is not supported by this server")
        }
        guard let symbols = value["symbols"]?.strings, !symbols.isEmpty else {
            throw Refusal(
                code: "bad_request",
                message: "\"symbols\" must be an array of instruments or patterns",
                hint: "for example [\"BTC-USDT.BINANCE\"] or [\"*\"]"
            )
        }
        var features = ["*"]
        if let given = value["features"] {
            guard let names = given.strings, !names.isEmpty else {
                throw Refusal(code: "bad_request", message: "\"features\" must be an array of features or patterns")
            }
            features = names
        }
        var request = Subscribe(symbols: symbols, features: features)
        if let given = value["mode"] {
            guard let mode = given.string.flatMap(StreamMode.init(rawValue:)) else {
                throw Refusal(code: "bad_request", message: "\"mode\" must be \"all\" or \"conflate\"")
            }
            request.mode = mode
        }
        if let given = value["on_lag"] {
            guard let word = given.string, word == "close" || word == "snapshot" else {
                throw Refusal(code: "bad_request", message: "\"on_lag\" must be \"close\" or \"snapshot\"")
            }
            request.closesOnLag = word == "close"
        }
        if case .object(let positions) = value["resume"] {
            request.resume = positions.compactMapValues { $0["epoch"]?.string }
        }
        return request
    }

    private static func sids(_ value: JSONValue) throws(Refusal) -> [Int64]? {
        if value["sid"]?.string == "*" { return nil }
        if let sid = value["sid"]?.integer { return [sid] }
        if let array = value["sid"]?.array {
            let sids = array.compactMap(\.integer)
            if sids.count == array.count { return sids }
        }
        throw Refusal(
            code: "bad_request",
            message: "\"sid\" must be an array of subscription numbers, or \"*\" for all"
        )
    }
}
