/// The parameters of permessage-deflate that both ends agreed on, and how they come to agree (RFC 7692 §7.1).
struct WebSocketDeflateParameters: Sendable, Hashable {
    /// The extension's name.
    static let name = "permessage-deflate"

    /// The server's messages do not refer to earlier ones.
    var serverNoContextTakeover = false
    /// The client's messages do not refer to earlier ones.
    var clientNoContextTakeover = false
    /// Bits of the server's window; nil: not spoken of, 15.
    var serverMaxWindowBits: Int?
    /// Bits of the client's window; nil: not spoken of, 15.
    var clientMaxWindowBits: Int?

    /// What a role's receiving half has to know.
    func inflation(of role: WebSocketRole) -> WebSocketInflation {
        role == .server
            ? WebSocketInflation(windowBits: clientMaxWindowBits ?? 15, keepsContext: !clientNoContextTakeover)
            : WebSocketInflation(windowBits: serverMaxWindowBits ?? 15, keepsContext: !serverNoContextTakeover)
    }

    /// Bits of the window of a role's own messages.
    func windowBits(of role: WebSocketRole) -> Int {
        (role == .server ? serverMaxWindowBits : clientMaxWindowBits) ?? 15
    }

    /// Whether a role's own messages may refer to earlier ones.
    func keepsContext(of role: WebSocketRole) -> Bool {
        role == .server ? !serverNoContextTakeover : !clientNoContextTakeover
    }

    // MARK: - Server

    /// The server's answer to the offers of a request: the first that it can take, in the client's order; nil declines all.
    static func accept(_ offers: [WebSocketExtension], _ options: WebSocketCompressionOptions) -> Self? {
        let options = options.clamped
        for offer in offers where offer.name == name {
            if let agreed = accept(offer, options) { return agreed }
        }
        return nil
    }

    private static func accept(_ offer: WebSocketExtension, _ options: WebSocketCompressionOptions) -> Self? {
        guard let offered = Parsed(offer, isOffer: true) else { return nil }
        var agreed = WebSocketDeflateParameters()
        // A server may say either by itself, for the client cannot mind (§7.1.1).
        agreed.serverNoContextTakeover = offered.serverNoContextTakeover || !options.keepsServerContext
        agreed.clientNoContextTakeover = offered.clientNoContextTakeover || !options.keepsClientContext
        let serverBits = min(offered.serverMaxWindowBits ?? 15, options.serverWindowBitsMax)
        if offered.serverMaxWindowBits != nil || serverBits < 15 { agreed.serverMaxWindowBits = serverBits }
        // Only a client that speaks of its window can be asked for a smaller one (§7.1.2.2).
        if offered.namesClientWindow {
            let clientBits = min(offered.clientMaxWindowBits ?? 15, options.clientWindowBitsMax)
            if clientBits < 15 { agreed.clientMaxWindowBits = clientBits }
        }
        return agreed
    }

    // MARK: - Client

    /// What a client offers.
    static func offer(_ options: WebSocketCompressionOptions) -> String {
        let options = options.clamped
        var text = name
        if !options.keepsServerContext { text += "; server_no_context_takeover" }
        if !options.keepsClientContext { text += "; client_no_context_takeover" }
        if options.serverWindowBitsMax < 15 { text += "; server_max_window_bits=\(options.serverWindowBitsMax)" }
        text += "; client_max_window_bits"
        if options.clientWindowBitsMax < 15 { text += "=\(options.clientWindowBitsMax)" }
        return text
    }

    /// What a server's answer to ``offer(_:)`` means; nil if it answers what was not offered, for which the connection must
    /// be failed.
    static func agreed(_ answers: [WebSocketExtension], _ options: WebSocketCompressionOptions) -> Self? {
        let options = options.clamped
        guard answers.count == 1, answers[0].name == name, let answer = Parsed(answers[0], isOffer: false) else {
            return nil
        }
        guard answer.serverNoContextTakeover || options.keepsServerContext else { return nil }
        if options.serverWindowBitsMax < 15 {
            guard let bits = answer.serverMaxWindowBits, bits <= options.serverWindowBitsMax else { return nil }
        }
        if let bits = answer.clientMaxWindowBits, bits > options.clientWindowBitsMax { return nil }
        var agreed = WebSocketDeflateParameters()
        agreed.serverNoContextTakeover = answer.serverNoContextTakeover
        agreed.clientNoContextTakeover = answer.clientNoContextTakeover || !options.keepsClientContext
        agreed.serverMaxWindowBits = answer.serverMaxWindowBits
        agreed.clientMaxWindowBits = answer.clientMaxWindowBits ?? options.clientWindowBitsMax
        return agreed
    }

    /// The value of the field `Sec-WebSocket-Extensions` that says this.
    var text: String {
        var text = Self.name
        if serverNoContextTakeover { text += "; server_no_context_takeover" }
        if clientNoContextTakeover { text += "; client_no_context_takeover" }
        if let bits = serverMaxWindowBits { text += "; server_max_window_bits=\(bits)" }
        if let bits = clientMaxWindowBits { text += "; client_max_window_bits=\(bits)" }
        return text
    }

    /// Parameters as they were written. None has a value that it must not have, none stands twice, none is unknown.
    private struct Parsed {
        var serverNoContextTakeover = false
        var clientNoContextTakeover = false
        var serverMaxWindowBits: Int?
        var clientMaxWindowBits: Int?
        var namesClientWindow = false

        init?(_ text: WebSocketExtension, isOffer: Bool) {
            for parameter in text.parameters {
                switch (parameter.name, parameter.value) {
                case ("server_no_context_takeover", nil) where !serverNoContextTakeover:
                    serverNoContextTakeover = true
                case ("client_no_context_takeover", nil) where !clientNoContextTakeover:
                    clientNoContextTakeover = true
                case ("server_max_window_bits", .some(let value)) where serverMaxWindowBits == nil:
                    guard let bits = Self.windowBits(value) else { return nil }
                    serverMaxWindowBits = bits
                case ("client_max_window_bits", .some(let value)) where !namesClientWindow:
                    guard let bits = Self.windowBits(value) else { return nil }
                    clientMaxWindowBits = bits
                    namesClientWindow = true
                case ("client_max_window_bits", nil) where !namesClientWindow && isOffer:
                    namesClientWindow = true
                default: return nil
                }
            }
        }

        /// 8 to 15, without a leading zero.
        private static func windowBits(_ text: String) -> Int? {
            ["8", "9", "10", "11", "12", "13", "14", "15"].firstIndex(of: text).map { $0 + 8 }
        }
    }
}
