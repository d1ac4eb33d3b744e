public import Market

extension BinanceSpotAdapter {
    /// Decodes one frame and appends the events that it causes.
    ///
    /// - Throws: `malformedFrame` or `rejectedMessage`; the frame had no effect but on the counters.
    public mutating func decode(
        _ frame: UnsafeBufferPointer<UInt8>,
        receiveTime: Int64,
        into batch: inout EventBatch
    ) throws(IngestError) {
        counters.frames &+= 1
        counters.bytes &+= frame.count
        do throws(IngestError) {
            let kind: BinanceMessage.Kind
            do throws(IngestError) {
                kind = try decoder.decode(frame)
            } catch {
                counters.malformed &+= 1
                throw error
            }
            do throws(IngestError) {
                try accept(kind, frame, receiveTime, &batch)
            } catch {
                counters.rejected &+= 1
                throw error
            }
        } catch {
            counters.lastError = error
            throw error
        }
    }

    private mutating func accept(
        _ kind: BinanceMessage.Kind,
        _ frame: UnsafeBufferPointer<UInt8>,
        _ receiveTime: Int64,
        _ batch: inout EventBatch
    ) throws(IngestError) {
        switch kind {
        case .bookTicker: try quote(frame, receiveTime, &batch)
        case .trade: try trade(frame, receiveTime, &batch)
        case .depthUpdate: try depth(frame, receiveTime, &batch)
        case .snapshot:
            guard configuration.attributesSnapshots else {
                counters.ignored &+= 1  // a raw partial-book stream looks the same
                return
            }
            try snapshot(try attributedSnapshot(), receiveTime, &batch)
        case .serverShutdown:
            counters.ignored &+= 1
            want(.reconnect)
        case .refusal:
            counters.subscriptionsRefused &+= 1
            throw IngestError(.venue, .subscriptionRefused, detail: refusalText(frame))
        case .acknowledgement, .other: counters.ignored &+= 1
        case .unrecognised: throw IngestError(.rejectedMessage, .unrecognised)
        }
    }

    private func refusalText(_ frame: UnsafeBufferPointer<UInt8>) -> String {
        let text = decoder.message.errorText
        let words = String(decoding: frame[text.start..<text.end].prefix(200), as: UTF8.self)
        return "code \(decoder.message.errorCode ?? 0): \(words)"
    }

    // MARK: Kinds

    private mutating func trade(
        _ frame: UnsafeBufferPointer<UInt8>,
        _ receiveTime: Int64,
        _ batch: inout EventBatch
    ) throws(IngestError) {
        let message = decoder.message
        let time = BinanceMessage.nanoseconds(message.tradeTime)
        try Self.require(time, message.tradeID, message.price, message.size)
        guard message.price.value > 0, message.size.value > 0 else {
            throw IngestError(.rejectedMessage, .outOfRange)
        }
        guard let isBuyerMaker = message.isBuyerMaker else { throw IngestError(.rejectedMessage, .missingField) }
        let eventTime = BinanceMessage.nanoseconds(message.eventTime)
        let latest = eventTime.isValid ? max(eventTime.value, time.value) : time.value
        try checkJump(latest, receiveTime)
        guard let index = try index(frame, receiveTime, &batch) else { return }
        advance(latest, receiveTime)
        var event = MarketEvent(
            kind: .trade,
            instrument: InstrumentID(rawValue: 0),
            time: time.value,
            receiveTime: receiveTime
        )
        event.id = message.tradeID.value
        event.price = message.price.value
        event.size = message.size.value
        event.side = isBuyerMaker ? .ask : .bid  // the buyer waited: a seller took
        counters.trades &+= 1
        emit(&event, index, &batch)
    }

    private mutating func quote(
        _ frame: UnsafeBufferPointer<UInt8>,
        _ receiveTime: Int64,
        _ batch: inout EventBatch
    ) throws(IngestError) {
        let message = decoder.message
        try Self.require(message.lastUpdateID, message.bid, message.bidSize, message.ask, message.askSize)
        let eventTime = BinanceMessage.nanoseconds(message.eventTime)
        if eventTime.isValid { try checkJump(eventTime.value, receiveTime) }
        guard let index = try index(frame, receiveTime, &batch) else { return }
        if eventTime.isValid { advance(eventTime.value, receiveTime) }
        var event = MarketEvent(
            kind: .quote,
            instrument: InstrumentID(rawValue: 0),
            time: time(receivedAt: receiveTime),
            receiveTime: receiveTime
        )
        event.id = message.lastUpdateID.value
        event.price = message.bid.value
        event.size = message.bidSize.value
        event.price2 = message.ask.value
        event.size2 = message.askSize.value
        counters.quotes &+= 1
        emit(&event, index, &batch)
    }

    private mutating func depth(
        _ frame: UnsafeBufferPointer<UInt8>,
        _ receiveTime: Int64,
        _ batch: inout EventBatch
    ) throws(IngestError) {
        let message = decoder.message
        let time = BinanceMessage.nanoseconds(message.eventTime)
        try Self.require(time, message.firstUpdateID, message.lastUpdateID)
        guard message.hasBids, message.hasAsks else { throw IngestError(.rejectedMessage, .missingField) }
        if let fault = message.levelFault { throw IngestError(.rejectedMessage, fault) }
        guard message.firstUpdateID.value <= message.lastUpdateID.value else {
            throw IngestError(.rejectedMessage, .badRange)
        }
        try checkJump(time.value, receiveTime)
        guard let index = try index(frame, receiveTime, &batch) else { return }
        advance(time.value, receiveTime)
        counters.depth &+= 1
        decoder.joinSides()
        let update = DepthUpdate(
            first: message.firstUpdateID.value,
            last: message.lastUpdateID.value,
            time: time.value,
            receiveTime: receiveTime
        )
        try apply(update, index, &batch)
    }

    private mutating func apply(_ update: DepthUpdate, _ index: Int, _ batch: inout EventBatch) throws(IngestError) {
        let waiting = feeds[index]?.book.buffer.updates.count ?? 0
        let verdict = feeds[index]?.book.depth(update, changes: decoder.bids) ?? .outOfDate
        switch verdict {
        case .apply:
            counters.depthApplied &+= 1
            emitDepth(update, decoder.bids[...], index, &batch)
        case .outOfDate: counters.depthDropped &+= 1
        case .buffered: if waiting == 0 { requestSnapshot(index) }
        case .bufferRestarted:
            counters.bufferRestarts &+= 1
            counters.depthDropped &+= waiting
            requestSnapshot(index)
        case .gap:
            counters.gaps &+= 1
            let time = time(receivedAt: update.receiveTime)
            feeds[index]?.emitState(.stale, .gap, time: time, receiveTime: update.receiveTime, into: &batch)
            requestSnapshot(index)
        }
    }
}
