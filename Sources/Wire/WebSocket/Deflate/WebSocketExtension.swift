/// One extension of the field `Sec-WebSocket-Extensions` (RFC 6455 §9.1): `name; parameter; parameter=value`.
struct WebSocketExtension: Sendable, Hashable {
    /// A parameter.
    struct Parameter: Sendable, Hashable {
        /// The name, lower case.
        let name: String
        /// The value without its quotes; nil if there was none.
        let value: String?
    }

    /// The most extensions, and parameters of one, that are read; who offers more is not understood.
    static let countMax = 16

    /// The name, lower case.
    let name: String
    /// The parameters in order.
    let parameters: [Parameter]

    /// Reads the values of all fields of the name; nil if they are malformed.
    static func read(_ values: [String]) -> [WebSocketExtension]? {
        var extensions: [WebSocketExtension] = []
        for value in values {
            for item in value.split(separator: ",", omittingEmptySubsequences: true) {
                let text = item.trimmingSpaces()
                if text.isEmpty { continue }
                guard extensions.count < countMax, let read = read(text) else { return nil }
                extensions.append(read)
            }
        }
        return extensions
    }

    private static func read(_ text: String) -> WebSocketExtension? {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmingSpaces() }
        guard let name = parts.first, isToken(name), parts.count <= countMax else { return nil }
        var parameters: [Parameter] = []
        for part in parts.dropFirst() {
            let equals = part.firstIndex(of: "=")
            let name = part[..<(equals ?? part.endIndex)].trimmingSpaces()
            guard isToken(name) else { return nil }
            guard let equals else {
                parameters.append(Parameter(name: name.lowercased(), value: nil))
                continue
            }
            var value = part[part.index(after: equals)...].trimmingSpaces()
            // A quoted value must be a token once its quotes are gone, so it holds neither comma nor semicolon.
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                value = String(value.dropFirst().dropLast())
            }
            guard isToken(value) else { return nil }
            parameters.append(Parameter(name: name.lowercased(), value: value))
        }
        return WebSocketExtension(name: name.lowercased(), parameters: parameters)
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#"()<>@,;:\"/[]?={}"#.utf8.contains($0) }
    }
}

extension Substring {
    func trimmingSpaces() -> String {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
