import Market

/// The steps that the kinds of messages share: checks, the symbol's place, numbering and emission.
extension BinanceSpotAdapter {
    static func require(_ fields: NumberField...) throws(IngestError) {
        for field in fields where !field.isValid { throw IngestError(.rejectedMessage, field.fault) }
    }

    func checkJump(_ time: Int64, _ receiveTime: Int64) throws(IngestError) {
        guard venueTime > 0, time > venueTime else { return }
        let passed = max(0, receiveTime &- venueTimeReceived)
        let (limit, overflow) = passed.addingReportingOverflow(Self.timeJumpMax)
        if !overflow, time &- venueTime > limit { throw IngestError(.rejectedMessage, .timeJump) }
    }

    mutating func advance(_ time: Int64, _ receiveTime: Int64) {
        let offset = receiveTime &- time
        if offset < clockOffset ?? .max { clockOffset = offset }
        guard time > venueTime else { return }
        venueTime = time
        venueTimeReceived = receiveTime
    }

    /// The place of the message's symbol; nil if the configuration leaves it out.
    @inline(__always)
    mutating func index(
        _ frame: UnsafeBufferPointer<UInt8>,
        _ receiveTime: Int64,
        _ batch: inout EventBatch
    ) throws(IngestError) -> Int? {
        let text = decoder.message.symbol
        guard text.end > text.start, text.end <= frame.count else {
            throw IngestError(.rejectedMessage, .missingField)
        }
        if text.hasEscapes { return try escapedIndex(text, frame, receiveTime, &batch) }
        let name = UnsafeBufferPointer(rebasing: frame[text.start..<text.end])
        return try index(named: name, receiveTime, &batch)
    }

    /// For a symbol that was written with escapes, which the venue does not do.
    private mutating func escapedIndex(
        _ text: JSONCursor.Text,
        _ frame: UnsafeBufferPointer<UInt8>,
        _ receiveTime: Int64,
        _ batch: inout EventBatch
    ) throws(IngestError) -> Int? {
        var name: [UInt8] = []
        JSONCursor(frame)?.appendUnescaped(text, to: &name)
        let result = name.withUnsafeBufferPointer { name in
            Result { () throws(IngestError) in try index(named: name, receiveTime, &batch) }
        }
        return try result.get()
    }

    @inline(__always)
    private mutating func index(
        named name: UnsafeBufferPointer<UInt8>,
        _ receiveTime: Int64,
        _ batch: inout EventBatch
    ) throws(IngestError) -> Int? {
        guard let index = table.index(of: name) else { return try unknownSymbol(name, receiveTime, &batch) }
        guard feeds[index] != nil else {
            counters.ignored &+= 1
            return nil
        }
        return index
    }

    mutating func unknownSymbol(
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

    mutating func emitDepth(
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
    mutating func emit(_ event: inout MarketEvent, _ index: Int, _ batch: inout EventBatch) {
        number(&event, index, &batch)
        counters.changes &+= 1
        batch.append(event)
    }

    @inline(__always)
    mutating func emit(
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
    mutating func number(_ event: inout MarketEvent, _ index: Int, _ batch: inout EventBatch) {
        counters.clocks &+= feeds[index]?.emitClocks(until: event.receiveTime, into: &batch) ?? 0
        event.instrument = feeds[index]?.id ?? event.instrument
        feeds[index]?.number(&event)
    }
}
