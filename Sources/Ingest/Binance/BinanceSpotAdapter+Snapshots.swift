public import Market

extension BinanceSpotAdapter {
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

    mutating func snapshot(
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

    /// The instrument that a snapshot without a symbol belongs to: the one whose waiting messages it fits best, or the
    /// only one that waits.
    func attributedSnapshot() throws(IngestError) -> Int {
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
}
