/// What one frame of the venue says. Fields are as the venue names them; those of other kinds are faults or zero.
struct BinanceMessage {
    /// The kinds of messages that are told apart.
    enum Kind: UInt8 {
        case depthUpdate
        case trade
        case bookTicker
        case snapshot
        case acknowledgement
        case refusal
        case serverShutdown
        /// A message of the venue that is none of ours: another stream's, or a partial book.
        case other
        case unrecognised
    }

    /// The value of `e`.
    enum EventType: UInt8 {
        case none
        case depthUpdate
        case trade
        case bookTicker
        case serverShutdown
        case other
    }

    var event = EventType.none
    var symbol = JSONCursor.Text()
    var stream = JSONCursor.Text()
    /// `E`, in the unit that the venue sent.
    var eventTime = NumberField.missing
    /// `T`, in the unit that the venue sent.
    var tradeTime = NumberField.missing
    /// `t`.
    var tradeID = NumberField.missing
    /// `U`.
    var firstUpdateID = NumberField.missing
    /// `u`.
    var lastUpdateID = NumberField.missing
    /// `lastUpdateId`.
    var snapshotID = NumberField.missing
    /// `p` and `q`.
    var price = NumberField.missing
    var size = NumberField.missing
    /// `b`, `B`, `a`, `A` of a bookTicker.
    var bid = NumberField.missing
    var bidSize = NumberField.missing
    var ask = NumberField.missing
    var askSize = NumberField.missing
    /// `m`.
    var isBuyerMaker: Bool?
    /// Whether `b`/`bids` and `a`/`asks` were arrays of levels.
    var hasBids = false
    var hasAsks = false
    /// The first thing wrong with a level.
    var levelFault: IngestReason?
    var isWrapped = false
    var hasResult = false
    var requestID = NumberField.missing
    var errorCode: Int64?
    var errorText = JSONCursor.Text()

    /// Tells the kind from the fields that are there.
    var kind: Kind {
        switch event {
        case .depthUpdate: .depthUpdate
        case .trade: .trade
        case .bookTicker: .bookTicker
        case .serverShutdown: .serverShutdown
        case .other: .other
        case .none:
            if snapshotID.isValid, hasBids || hasAsks {
                isWrapped ? .other : .snapshot
            } else if symbol.count > 0, lastUpdateID.isValid, bid.isValid || ask.isValid {
                .bookTicker
            } else if errorCode != nil {
                .refusal
            } else if hasResult {
                .acknowledgement
            } else if isWrapped, stream.count > 0 {
                .other
            } else {
                .unrecognised
            }
        }
    }

    /// A venue time as nanoseconds: milliseconds, or microseconds from 10^15 on (the year 33658 in milliseconds).
    static func nanoseconds(_ field: NumberField) -> NumberField {
        guard field.isValid else { return field }
        let unit: Int64 = field.value >= 1_000_000_000_000_000 ? 1_000 : 1_000_000
        let (time, overflow) = field.value.multipliedReportingOverflow(by: unit)
        return overflow ? NumberField(fault: .overflow) : NumberField(time)
    }
}
