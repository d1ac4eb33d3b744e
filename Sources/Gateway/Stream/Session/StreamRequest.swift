internal import Documents
internal import NIOCore
internal import QueryLang

/// A subscriber's message, checked.
enum StreamRequest {
    case authenticate(token: String)
    case subscribe(Subscribe)
    case query(Query)
    case unsubscribe(sids: [Int64]?)
    case list
    case ping

    /// A subscription to features of instruments.
    struct Subscribe {
        var symbols: [String]
        var features = ["*"]
        /// The feature view that the features are fields of; nil for the built-in ones.
        var view: String?
        var mode = StreamMode.conflate
        var closesOnLag = true
        var isBatched = false
        var wantsSnapshot = true
        /// The least time between two deltas.
        var interval: TimeAmount?
        /// What a subscriber of old has, by symbol.
        var resume: [String: StreamPosition] = [:]

        /// Takes what the subscriber has as of an epoch that is no more: it may be of another version of the view.
        mutating func forgetEpochs() {
            resume = resume.mapValues { StreamPosition(epoch: "", seq: $0.seq) }
        }
    }

    /// A subscription to the answer of a query.
    struct Query {
        var text: String
        var closesOnLag = true
        /// What a subscriber of old has.
        var resume: StreamPosition?
    }

    /// Why a message is refused.
    struct Refusal: Error {
        var code: String
        var message: String
        var hint: String?
        /// UTF-8 offset in the message, or in the text of its query.
        var offset: Int?
        /// Line and column, if it is in the text of a query.
        var place: (line: Int, column: Int)?
        /// What is wrong with the text of a query, and that text.
        var diagnosis: (error: QueryError, text: String)?

        init(code: String, message: String, hint: String? = nil, offset: Int? = nil) {
            self.code = code
            self.message = message
            self.hint = hint
            self.offset = offset
        }

        static func malformed(_ message: String, hint: String? = nil) -> Refusal {
            Refusal(code: "bad_request", message: message, hint: hint)
        }
    }

    private static let operations = ["auth", "subscribe", "unsubscribe", "list", "ping"]

    static func parse(
        _ bytes: ByteBuffer,
        isMessagePack: Bool
    ) throws(Refusal) -> (value: DocumentValue, id: Int64?) {
        let bytes = Array(bytes.readableBytesView)
        do throws(DocumentError) {
            let value = isMessagePack ? try MessagePackReader.value(of: bytes) : try JSONReader.value(of: bytes)
            guard let id = value["id"], id != .null else { return (value, nil) }
            if let number = id.integer { return (value, number) }
        } catch {
            throw Refusal(
                code: isMessagePack ? "bad_msgpack" : "bad_json",
                message: error.message,
                offset: error.offset
            )
        }
        // An answer without it would never be found to belong to the request.
        throw .malformed("\"id\" must be a whole number of at most 64 bits", hint: "count your requests: 1, 2, 3")
    }

    init(_ value: DocumentValue) throws(Refusal) {
        guard case .object = value, let op = value["op"]?.string else {
            throw .malformed("a request is an object with a member \"op\"")
        }
        try Self.checkMembers(of: value, op)
        switch op {
        case "auth":
            guard let token = value["token"]?.string else { throw .malformed("\"token\" must be a text") }
            self = .authenticate(token: token)
        case "subscribe" where value["query"] != nil: self = .query(try Self.query(value))
        case "subscribe": self = .subscribe(try Self.subscribe(value))
        case "unsubscribe": self = .unsubscribe(sids: try Self.sids(value))
        case "list": self = .list
        case "ping": self = .ping
        default:
            throw Refusal(
                code: "unknown_op",
                message: "'\(op.prefix(40))' is none of \(Self.operations.joined(separator: ", "))",
                hint: NearestSymbol.hint(for: op, among: Self.operations)
            )
        }
    }

    /// Members of those requests whose meaning a misspelt one would change.
    private static let members = [
        "auth": ["token"],
        "subscribe": [
            "symbols", "features", "view", "query", "mode", "on_lag", "batch", "snapshot", "max_rate_hz", "resume",
        ],
        "unsubscribe": ["sid"],
    ]

    private static func checkMembers(of value: DocumentValue, _ op: String) throws(Refusal) {
        guard let known = members[op], case .object(let given) = value else { return }
        for name in given.map(\.key) where name != "op" && name != "id" && !known.contains(name) {
            throw .malformed(
                "\(op) has no member \"\(name.prefix(40))\"",
                hint: NearestSymbol.hint(for: name, among: known) ?? "it has \(known.joined(separator: ", "))"
            )
        }
    }

    // MARK: - Subscriptions

    private static func subscribe(_ value: DocumentValue) throws(Refusal) -> Subscribe {
        guard let symbols = value["symbols"]?.strings, !symbols.isEmpty else {
            throw .malformed(
                "\"symbols\" must be an array of instruments or patterns",
                hint: "for example [\"BTC-USDT.BINANCE\"] or [\"*\"]"
            )
        }
        var request = Subscribe(symbols: symbols)
        if let given = value["features"] {
            guard let names = given.strings, !names.isEmpty else {
                throw .malformed("\"features\" must be an array of features or patterns")
            }
            request.features = names
        }
        if let given = value["view"] {
            guard let view = given.string else { throw .malformed("\"view\" must be the name of a feature view") }
            request.view = view
        }
        if let given = value["mode"] { request.mode = try mode(given.string) }
        if let given = value["on_lag"] { request.closesOnLag = try closesOnLag(given.string) }
        if let given = value["batch"] { request.isBatched = try flag(given, "batch") }
        if let given = value["snapshot"] { request.wantsSnapshot = try flag(given, "snapshot") }
        if let given = value["max_rate_hz"] { request.interval = try interval(given.double, request.mode) }
        if let given = value["resume"] { request.resume = try positions(given) }
        return request
    }

    private static func query(_ value: DocumentValue) throws(Refusal) -> Query {
        guard let text = value["query"]?.string else { throw .malformed("\"query\" must be the text of a SELECT") }
        for name in ["symbols", "features", "view", "mode", "max_rate_hz", "batch", "snapshot"]
        where value[name] != nil {
            throw .malformed("\"\(name)\" does not go with \"query\"", hint: "say it in the query, or leave it out")
        }
        var query = Query(text: text)
        if let given = value["on_lag"] { query.closesOnLag = try closesOnLag(given.string) }
        if let given = value["resume"] {
            guard let epoch = given["epoch"]?.string, let seq = given["seq"]?.integer else {
                throw .malformed(
                    "\"resume\" of a query must be an object with epoch and seq",
                    hint: #"for example {"epoch":"q1","seq":41}"#
                )
            }
            query.resume = StreamPosition(epoch: epoch, seq: seq)
        }
        return query
    }

    static func mode(_ word: String?) throws(Refusal) -> StreamMode {
        guard let mode = word.flatMap(StreamMode.init(rawValue:)) else {
            throw .malformed("\"mode\" must be \"all\" or \"conflate\"")
        }
        return mode
    }

    static func closesOnLag(_ word: String?) throws(Refusal) -> Bool {
        guard let word, word == "close" || word == "snapshot" else {
            throw .malformed("\"on_lag\" must be \"close\" or \"snapshot\"")
        }
        return word == "close"
    }

    static func interval(_ rate: Double?, _ mode: StreamMode) throws(Refusal) -> TimeAmount {
        let rates = StreamLimits.rates
        guard let rate, rates.contains(rate) else {
            throw .malformed("\"max_rate_hz\" must be a number from \(rates.lowerBound) to \(rates.upperBound)")
        }
        guard mode == .conflate else {
            throw .malformed(
                "\"max_rate_hz\" merges deltas, and mode \"all\" takes every one",
                hint: "use \"conflate\""
            )
        }
        return .nanoseconds(Int64(1e9 / rate))
    }

    private static func flag(_ value: DocumentValue, _ name: String) throws(Refusal) -> Bool {
        guard let flag = value.boolean else { throw .malformed("\"\(name)\" must be true or false") }
        return flag
    }

    private static func positions(_ value: DocumentValue) throws(Refusal) -> [String: StreamPosition] {
        let refusal = Refusal.malformed(
            "\"resume\" must be an object of instruments with epoch and seq",
            hint: #"for example {"BTC-USDT.BINANCE":{"epoch":"k1","seq":100}}"#
        )
        guard case .object(let members) = value else { throw refusal }
        var positions: [String: StreamPosition] = [:]
        for member in members {
            let position = member.value
            guard let epoch = position["epoch"]?.string, let seq = position["seq"]?.integer else { throw refusal }
            positions[member.key] = StreamPosition(epoch: epoch, seq: seq)
        }
        return positions
    }

    private static func sids(_ value: DocumentValue) throws(Refusal) -> [Int64]? {
        if value["sid"]?.string == "*" { return nil }
        if let sid = value["sid"]?.integer { return [sid] }
        if let array = value["sid"]?.array {
            let sids = array.compactMap(\.integer)
            if sids.count == array.count { return sids }
        }
        throw .malformed("\"sid\" must be an array of subscription numbers, or \"*\" for all")
    }
}
