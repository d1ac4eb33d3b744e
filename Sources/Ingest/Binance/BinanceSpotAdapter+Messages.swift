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

    /// Decodes the REST depth snapshot of a venue symbol and applies it if that instrument waits for one.
    public mutating func snapshot(
        symbol: String,
        body: UnsafeBufferPointer<UInt8>,
        receiveTime: Int64,
        into batch: inout EventBatch
    ) throws(IngestError) {
        do throws(IngestError) {
            let kind: BinanceMessage.Kind
            do throws(IngestError) {
                kind = try decoder.decode(body)
            } catch {
                counters.malformed &+= 1
                throw error
            }
            guard kind == .snapshot else {
                counters.rejected &+= 1
                throw IngestError(.rejectedMessage, .unrecognised, detail: "depth snapshot of \(symbol)")
            }
            var name = symbol
            guard let index = name.withUTF8({ table.index(of: $0) }), feeds[index] != nil else {
                counters.ignored &+= 1
                return
            }
            do throws(IngestError) {
                try snapshot(index, receiveTime, &batch)
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

    private mutating func snapshot(
        _ index: Int,
        _ receiveTime: Int64,
        _ batch: inout EventBatch
    ) throws(IngestError) {
        let message = decoder.message
        try Self.require(message.snapshotID)
        guard message.hasBids, message.hasAsks else { throw IngestError(.rejectedMessage, .missingField) }
        if let fault = message.levelFault { throw IngestError(.rejectedMessage, fault) }
        feeds[index]?.isSnapshotRequested = false
        switch feeds[index]?.book.snapshot(lastUpdateID: message.snapshotID.value) ?? .unrequested {
        case .unrequested: counters.snapshotsUnrequested &+= 1
        case .tooOld:
            counters.snapshotsTooOld &+= 1
            requestSnapshot(index)
        case .splice(let first):
            decoder.joinSides()
            goLive(index, snapshotID: message.snapshotID.value, firstSpliced: first, receiveTime, &batch)
        }
    }

    /// Emits the snapshot, the waiting messages from `firstSpliced` on, and the state.
    private mutating func goLive(
        _ index: Int,
        snapshotID: Int64,
        firstSpliced: Int,
        _ receiveTime: Int64,
        _ batch: inout EventBatch
    ) {
        var event = MarketEvent(
            kind: .snapshot,
            instrument: InstrumentID(rawValue: 0),
            time: time(receivedAt: receiveTime),
            receiveTime: receiveTime
        )
        event.id = snapshotID
        counters.snapshots &+= 1
        counters.changes &+= decoder.bids.count
        emit(&event, decoder.bids[...], index, &batch)

        let waiting = feeds[index]?.book.buffer ?? DepthBuffer()
        counters.depthDropped &+= firstSpliced
        for entry in waiting.updates[firstSpliced...] {
            counters.depthSpliced &+= 1
            emitDepth(entry.update, waiting.changes[entry.changes], index, &batch)
        }
        feeds[index]?.book.spliced()

        if feeds[index]?.wasLive == true { counters.resyncs &+= 1 }
        feeds[index]?.wasLive = true
        let time = time(receivedAt: receiveTime)
        feeds[index]?.emitState(.live, .synced, time: time, receiveTime: receiveTime, into: &batch)
    }

    // MARK: Steps

    private static func require(_ fields: NumberField...) throws(IngestError) {
        for field in fields where !field.isValid { throw IngestError(.rejectedMessage, field.fault) }
    }

    private func checkJump(_ time: Int64, _ receiveTime: Int64) throws(IngestError) {
        guard venueTime > 0, time > venueTime else { return }
        let passed = max(0, receiveTime &- venueTimeReceived)
        let (limit, overflow) = passed.addingReportingOverflow(Self.timeJumpMax)
        if !overflow, time &- venueTime > limit { throw IngestError(.rejectedMessage, .timeJump) }
    }

    private mutating func advance(_ time: Int64, _ receiveTime: Int64) {
        let offset = receiveTime &- time
        if offset < clockOffset ?? .max { clockOffset = offset }
        guard time > venueTime else { return }
        venueTime = time
        venueTimeReceived = receiveTime
    }

    /// The place of the message's symbol; nil if the configuration leaves it out.
    @inline(__always)
    private mutating func index(
        _ frame: UnsafeBufferPointer<UInt8>,
        _ receiveTime: Int64,
        _ batch: inout EventBatch
    ) throws(IngestError) -> Int? {
        let text = decoder.message.symbol
        guard text.end > text.start, text.end <= frame.count else {
            throw IngestError(.rejectedMessage, .missingField)
        }
        let name = UnsafeBufferPointer(rebasing: frame[text.start..<text.end])
        guard let index = table.index(of: name) else { return try unknownSymbol(name, receiveTime, &batch) }
        guard feeds[index] != nil else {
            counters.ignored &+= 1
            return nil
        }
        return index
    }

    private mutating func unknownSymbol(
        _ name: UnsafeBufferPointer<UInt8>,
        _ receiveTime: Int64,
        _ batch: inout EventBatch
    ) throws(IngestError) -> Int? {
        guard configuration.allowsUnknownSymbols, name.count <= BinanceSymbol.nameBytesMax,
            let symbol = BinanceSymbol(name: String(decoding: name, as: UTF8.self))
        else { throw IngestError(.rejectedMessage, .unknownSymbol) }
        let index = try add(symbol, now: receiveTime, &batch)
        guard feeds[index] != nil else {
            counters.ignored &+= 1
            return nil
        }
        return index
    }

    /// The instrument that a snapshot without a symbol belongs to: the one whose waiting messages it fits best, or the
    /// only one that waits.
    private func attributedSnapshot() throws(IngestError) -> Int {
        let id = decoder.message.snapshotID.value
        var best: (index: Int, distance: Int64)?
        var isTied = false
        var waiting: [Int] = []
        for index in feeds.indices {
            guard let feed = feeds[index], feed.book.phase == .buffering else { continue }
            if waiting.count < 2 { waiting.append(index) }
            guard let distance = feed.book.distance(ofSnapshot: id) else { continue }
            if let known = best, known.distance <= distance {
                isTied = isTied || known.distance == distance
            } else {
                best = (index, distance)
                isTied = false
            }
        }
        if let best, !isTied { return best.index }
        if best == nil, waiting.count == 1 { return waiting[0] }
        throw IngestError(.rejectedMessage, .unattributedSnapshot)
    }

    private mutating func emitDepth(
        _ update: DepthUpdate,
        _ changes: ArraySlice<LevelChange>,
        _ index: Int,
        _ batch: inout EventBatch
    ) {
        var event = MarketEvent(
            kind: .depth,
            instrument: InstrumentID(rawValue: 0),
            time: update.time,
            receiveTime: update.receiveTime
        )
        event.id = update.last
        counters.changes &+= changes.count
        emit(&event, changes, index, &batch)
    }

    @inline(__always)
    private mutating func emit(_ event: inout MarketEvent, _ index: Int, _ batch: inout EventBatch) {
        number(&event, index, &batch)
        counters.changes &+= 1
        batch.append(event)
    }

    @inline(__always)
    private mutating func emit(
        _ event: inout MarketEvent,
        _ changes: ArraySlice<LevelChange>,
        _ index: Int,
        _ batch: inout EventBatch
    ) {
        number(&event, index, &batch)
        batch.append(event, changes: changes)
    }

    /// Sets instrument and number, after the clock events that were due before it.
    @inline(__always)
    private mutating func number(_ event: inout MarketEvent, _ index: Int, _ batch: inout EventBatch) {
        counters.clocks &+= feeds[index]?.emitClocks(until: event.receiveTime, into: &batch) ?? 0
        event.instrument = feeds[index]?.id ?? event.instrument
        feeds[index]?.number(&event)
    }
}
