import Market

/// Reads a frame of the venue in one pass: fields in any order, unknown ones skipped, nothing allocated once its level
/// arrays have grown to the venue's size.
///
/// Throws only if the frame is not JSON. What is JSON but cannot be used is told by the fields' faults.
struct BinanceDecoder {
    /// The last frame's fields; texts are positions in that frame.
    private(set) var message = BinanceMessage()
    /// Levels of `b` or `bids` of the last frame, in its order.
    private(set) var bids: [LevelChange] = []
    /// Levels of `a` or `asks` of the last frame, in its order.
    private(set) var asks: [LevelChange] = []
    private var scratch: [UInt8] = []

    /// Levels a side that a message may bear: 26 times the venue's largest snapshot, and 3 MiB of memory.
    static let levelsMax = 131_072

    /// How deep objects with known fields lie: the wrapper, its data, an error in it.
    private static let levelMax = 2

    /// Decodes one frame.
    mutating func decode(_ frame: UnsafeBufferPointer<UInt8>) throws(IngestError) -> BinanceMessage.Kind {
        message = BinanceMessage()
        bids.removeAll(keepingCapacity: true)
        asks.removeAll(keepingCapacity: true)
        guard var cursor = JSONCursor(frame) else { throw IngestError(.malformedFrame, .unexpectedEnd) }
        if try cursor.peek() == .openBrace {
            try members(&cursor, level: 0)
        } else {
            try cursor.skipValue()
        }
        try cursor.expectEnd()
        return message.kind
    }

    /// Appends the asks to the bids, as a market event wants its changes.
    mutating func joinSides() {
        bids.append(contentsOf: asks)
        asks.removeAll(keepingCapacity: true)
    }

    private mutating func members(_ cursor: inout JSONCursor, level: Int) throws(IngestError) {
        try cursor.expect(.openBrace)
        if try cursor.take(.closeBrace) { return }
        repeat {
            let key = try cursor.string()
            try cursor.expect(.colon)
            if key.count == 1 {
                try letter(cursor.base[key.start], &cursor)
            } else if key.hasEscapes {
                try escapedName(key, &cursor, level: level)
            } else {
                try name(cursor.bytes(key), &cursor, level: level)
            }
        } while try cursor.take(.comma)
        try cursor.expect(.closeBrace)
    }

    @inline(__always)
    private mutating func letter(_ key: UInt8, _ cursor: inout JSONCursor) throws(IngestError) {
        switch key {
        case UInt8(ascii: "e"): message.event = try Self.event(&cursor)
        case UInt8(ascii: "E"): message.eventTime = try cursor.numberField()
        case UInt8(ascii: "s"): message.symbol = try Self.text(&cursor)
        case UInt8(ascii: "U"): message.firstUpdateID = try cursor.numberField()
        case UInt8(ascii: "u"): message.lastUpdateID = try cursor.numberField()
        case UInt8(ascii: "b"):
            if try cursor.peek() == .openBracket {
                try bidLevels(&cursor)
            } else {
                message.bid = try cursor.decimalField()
            }
        case UInt8(ascii: "a"):
            if try cursor.peek() == .openBracket {
                try askLevels(&cursor)
            } else {
                message.ask = try cursor.decimalField()
            }
        case UInt8(ascii: "B"): message.bidSize = try cursor.decimalField()
        case UInt8(ascii: "A"): message.askSize = try cursor.decimalField()
        case UInt8(ascii: "p"): message.price = try cursor.decimalField()
        case UInt8(ascii: "q"): message.size = try cursor.decimalField()
        case UInt8(ascii: "t"): message.tradeID = try cursor.numberField()
        case UInt8(ascii: "T"): message.tradeTime = try cursor.numberField()
        case UInt8(ascii: "m"):
            message.isBuyerMaker = try cursor.boolean()
            if message.isBuyerMaker == nil { try cursor.skipValue() }
        default: try cursor.skipValue()
        }
    }

    private mutating func escapedName(
        _ key: JSONCursor.Text,
        _ cursor: inout JSONCursor,
        level: Int
    ) throws(IngestError) {
        var bytes = scratch
        scratch = []
        bytes.removeAll(keepingCapacity: true)
        cursor.appendUnescaped(key, to: &bytes)
        let result = bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(IngestError) in
                if bytes.count == 1 {
                    try letter(bytes[0], &cursor)
                } else {
                    try name(bytes, &cursor, level: level)
                }
            }
        }
        scratch = bytes
        try result.get()
    }

    private mutating func name(
        _ key: UnsafeBufferPointer<UInt8>,
        _ cursor: inout JSONCursor,
        level: Int
    ) throws(IngestError) {
        if key.equals("data"), level == 0 {
            message.isWrapped = true
            try nested(&cursor, level: level)
        } else if key.equals("stream") {
            message.stream = try Self.text(&cursor)
        } else if key.equals("bids") {
            try bidLevels(&cursor)
        } else if key.equals("asks") {
            try askLevels(&cursor)
        } else if key.equals("lastUpdateId") {
            message.snapshotID = try cursor.numberField()
        } else if key.equals("result") {
            message.hasResult = true
            try cursor.skipValue()
        } else if key.equals("id") {
            message.requestID = try cursor.numberField()
        } else if key.equals("error") {
            try nested(&cursor, level: level)
        } else if key.equals("code") {
            let byte = try cursor.peek()
            if byte.isDigit || byte == UInt8(ascii: "-") {
                message.errorCode = try cursor.integer()
            } else {
                try cursor.skipValue()
            }
        } else if key.equals("msg") {
            message.errorText = try Self.text(&cursor)
        } else {
            try cursor.skipValue()
        }
    }

    private mutating func nested(_ cursor: inout JSONCursor, level: Int) throws(IngestError) {
        if level < Self.levelMax, try cursor.peek() == .openBrace {
            try members(&cursor, level: level + 1)
        } else {
            try cursor.skipValue()
        }
    }

    private mutating func bidLevels(_ cursor: inout JSONCursor) throws(IngestError) {
        message.hasBids = try Self.levels(.bid, &cursor, into: &bids, fault: &message.levelFault)
    }

    private mutating func askLevels(_ cursor: inout JSONCursor) throws(IngestError) {
        message.hasAsks = try Self.levels(.ask, &cursor, into: &asks, fault: &message.levelFault)
    }

    /// Takes `[["price","size"],...]`; more elements in a level are skipped. False if it is no array.
    private static func levels(
        _ side: Side,
        _ cursor: inout JSONCursor,
        into levels: inout [LevelChange],
        fault: inout IngestReason?
    ) throws(IngestError) -> Bool {
        levels.removeAll(keepingCapacity: true)
        guard try cursor.take(.openBracket) else {
            try cursor.skipValue()
            return false
        }
        if try cursor.take(.closeBracket) { return true }
        repeat {
            guard try cursor.take(.openBracket) else {
                try cursor.skipValue()
                fault = fault ?? .wrongType
                continue
            }
            var price = NumberField.missing
            var size = NumberField.missing
            if try cursor.peek() != .closeBracket {
                price = try cursor.decimalField()
                if try cursor.take(.comma) { size = try cursor.decimalField() }
                while try cursor.take(.comma) { try cursor.skipValue() }
            }
            try cursor.expect(.closeBracket)
            if price.isValid, price.value > 0, size.isValid, levels.count < levelsMax {
                levels.append(LevelChange(side: side, price: price.value, size: size.value))
            } else if fault == nil {
                fault =
                    !price.isValid
                    ? price.fault
                    : !size.isValid
                        ? size.fault
                        : price.value == 0 ? .outOfRange : .tooLong
            }
        } while try cursor.take(.comma)
        try cursor.expect(.closeBracket)
        return true
    }

    private static func text(_ cursor: inout JSONCursor) throws(IngestError) -> JSONCursor.Text {
        if try cursor.peek() == .quote { return try cursor.string() }
        try cursor.skipValue()
        return JSONCursor.Text()
    }

    private static func event(_ cursor: inout JSONCursor) throws(IngestError) -> BinanceMessage.EventType {
        let text = try text(&cursor)
        let name = cursor.bytes(text)
        if name.equals("trade") { return .trade }
        if name.equals("depthUpdate") { return .depthUpdate }
        if name.equals("bookTicker") { return .bookTicker }
        if name.equals("serverShutdown") { return .serverShutdown }
        guard text.hasEscapes else { return .other }
        var bytes: [UInt8] = []
        cursor.appendUnescaped(text, to: &bytes)
        switch String(decoding: bytes, as: UTF8.self) {
        case "trade": return .trade
        case "depthUpdate": return .depthUpdate
        case "bookTicker": return .bookTicker
        case "serverShutdown": return .serverShutdown
        default: return .other
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether these are the bytes of an ASCII literal.
    @inline(__always)
    func equals(_ literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index] != literal.utf8Start[index] { return false }
        return true
    }
}
