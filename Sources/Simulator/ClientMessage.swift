/// A message of a client on a stream connection: `{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}`.
struct ClientMessage {
    var method: String?
    var params: [String] = []
    /// The id as it was written, `null` without one.
    var id = "null"

    /// Reads a message. Throws with the byte offset where JSON ends to make sense.
    init(_ bytes: [UInt8]) throws(SyntaxError) {
        var reader = Reader(bytes: bytes)
        try reader.expect("{")
        if try !reader.take("}") {
            repeat {
                let key = try reader.string()
                try reader.expect(":")
                switch key {
                case "method": method = try reader.string()
                case "id":
                    let start = try reader.start()
                    try reader.skip(depth: 0)
                    id = String(decoding: bytes[start..<reader.index], as: UTF8.self)
                case "params": params = try reader.strings()
                default: try reader.skip(depth: 0)
                }
            } while try reader.take(",")
            try reader.expect("}")
        }
        guard try reader.isAtEnd() else { throw SyntaxError(offset: reader.index) }
    }

    /// Where the text is not what it should be.
    struct SyntaxError: Error, Hashable {
        var offset: Int
    }
}

/// A JSON object's members whose values are strings; others are passed over.
struct FlatObject {
    var fields: [String: String] = [:]

    init(_ bytes: [UInt8]) throws(ClientMessage.SyntaxError) {
        var reader = Reader(bytes: bytes)
        try reader.expect("{")
        if try !reader.take("}") {
            repeat {
                let key = try reader.string()
                try reader.expect(":")
                if try bytes[reader.start()] == UInt8(ascii: "\"") {
                    fields[key] = try reader.string()
                } else {
                    try reader.skip(depth: 0)
                }
            } while try reader.take(",")
            try reader.expect("}")
        }
        guard try reader.isAtEnd() else { throw ClientMessage.SyntaxError(offset: reader.index) }
    }
}

/// Reads a flat JSON object: strings, and whatever else to skip.
private struct Reader {
    let bytes: [UInt8]
    var index = 0

    private static let depthMax = 16

    init(bytes: [UInt8]) { self.bytes = bytes }

    private var failure: ClientMessage.SyntaxError { ClientMessage.SyntaxError(offset: index) }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    mutating func isAtEnd() throws(ClientMessage.SyntaxError) -> Bool {
        skipSpace()
        return index == bytes.count
    }

    /// Where the next value begins.
    mutating func start() throws(ClientMessage.SyntaxError) -> Int {
        skipSpace()
        guard index < bytes.count else { throw failure }
        return index
    }

    mutating func take(_ character: Unicode.Scalar) throws(ClientMessage.SyntaxError) -> Bool {
        guard try bytes[start()] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws(ClientMessage.SyntaxError) {
        guard try take(character) else { throw failure }
    }

    /// A string without escapes but `\"` and `\\`, which no stream name needs.
    mutating func string() throws(ClientMessage.SyntaxError) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while index < bytes.count {
            var byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                return String(decoding: text, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\") {
                index += 1
                guard index < bytes.count else { throw failure }
                byte = bytes[index]
            }
            guard byte >= 0x20 else { throw failure }
            text.append(byte)
            index += 1
        }
        throw failure
    }

    mutating func strings() throws(ClientMessage.SyntaxError) -> [String] {
        var texts: [String] = []
        try expect("[")
        if try take("]") { return texts }
        repeat { texts.append(try string()) } while try take(",")
        try expect("]")
        return texts
    }

    mutating func skip(depth: Int) throws(ClientMessage.SyntaxError) {
        guard depth < Self.depthMax else { throw failure }
        switch bytes[try start()] {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "["):
            index += 1
            if try take("]") { return }
            repeat { try skip(depth: depth + 1) } while try take(",")
            try expect("]")
        case UInt8(ascii: "{"):
            index += 1
            if try take("}") { return }
            repeat {
                _ = try string()
                try expect(":")
                try skip(depth: depth + 1)
            } while try take(",")
            try expect("}")
        default:
            let first = index
            while index < bytes.count, isWord(bytes[index]) { index += 1 }
            guard index > first else { throw failure }
        }
    }

    private func isWord(_ byte: UInt8) -> Bool {
        let letter = byte | 0x20
        return (letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || [0x2B, 0x2D, 0x2E].contains(byte)
    }
}
