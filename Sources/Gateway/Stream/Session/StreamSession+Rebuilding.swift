internal import Engine
internal import Market
internal import NIOCore
internal import Wire

extension StreamSession {
    /// Gaps of one request that are made again; more is a subscriber who had better begin anew.
    private static let gapsMax = 16

    /// What a request lost of an instrument.
    private struct Gap {
        var symbol: String
        var position: StreamPosition
        var seam: Int64
    }

    /// Has what a request missed, and the ring does not hold any more, made again from the store; the request goes on once that
    /// is done, and what else it needs is kept for it meanwhile. False if there is nothing of the kind.
    func rebuild(_ request: StreamRequest.Subscribe, _ id: Int64?, in group: FeatureGroup) -> Bool {
        guard let past = hub.context.past, group === hub.context.builtIn, let transport else { return false }
        let known = positions(of: request, in: group)
        let ring = hub.context.ring
        let kept = ring.hold(
            known.map { ($0.instrument, $0.position) },
            of: group,
            lostMax: Self.gapsMax,
            bytesMax: hub.limits.queueBytesMax,
            now: hub.context.uptime()
        )
        guard let (holding, lost) = kept else { return false }
        var gaps: [Gap] = []
        var asked: [FeatureGap] = []
        for (number, lost) in lost.sorted(by: { $0.key < $1.key }) {
            let (symbol, instrument, position) = known[number]
            gaps.append(Gap(symbol: symbol, position: position, seam: lost.seam))
            let id = InstrumentID(rawValue: instrument)
            asked.append(FeatureGap(instrument: id, after: position.seq, through: lost.end))
        }
        let session = WeakSession(self)
        let eventLoop = transport.eventLoop
        isRebuilding = past.rebuild(asked) { [gaps] rebuilt in
            eventLoop.execute {
                session.value?.goOn(request, id, holding, gaps, rebuilt)
                ring.release(holding)
            }
        }
        if !isRebuilding { ring.release(holding) }
        return isRebuilding
    }

    /// Where a request says it was, in instruments that it subscribes to.
    private func positions(
        of request: StreamRequest.Subscribe,
        in group: FeatureGroup
    ) -> [(symbol: String, instrument: UInt32, position: StreamPosition)] {
        let globs = request.symbols.filter(Glob.isPattern).map(Glob.init)
        let names = Set(request.symbols)
        return request.resume.compactMap { symbol, position in
            guard names.contains(symbol) || globs.contains(where: { $0.matches(symbol) }),
                let state = hub.state(named: symbol, in: group), state.hasData, state.epoch == position.epoch
            else { return nil }
            return (symbol, state.id, position)
        }
    }

    private func goOn(
        _ request: StreamRequest.Subscribe,
        _ id: Int64?,
        _ holding: Int,
        _ gaps: [Gap],
        _ rebuilt: [RebuiltFeatures?]
    ) {
        isRebuilding = false
        guard transport != nil, !isGoing else { return held.removeAll() }
        hub.settle()
        var replays = RebuiltReplays(holding: holding)
        for (gap, rebuilt) in zip(gaps, rebuilt) {
            guard let rebuilt,
                let missed = ResumeRing.Missed(rebuilt, after: gap.position.seq, epoch: gap.position.epoch)
            else { continue }
            replays.replays[gap.symbol] = RebuiltReplays.Replay(missed: missed, seam: gap.seam)
        }
        do throws(StreamRequest.Refusal) {
            try subscribe(request, id, rebuilt: replays)
        } catch {
            refuse(id, error)
            // A stream of one request has nothing else to wait for.
            if transport?.encoding == .events { close(.normal, reason: error.message) }
        }
        flush()
        takeHeld()
    }
}
