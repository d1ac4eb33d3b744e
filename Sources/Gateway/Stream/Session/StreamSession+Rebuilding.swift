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
        var instrument: InstrumentID
        var position: StreamPosition
        var seam: Int64
        var end: Int64
    }

    /// Has what a request missed, and the ring does not hold any more, made again from the store; the request goes on once that
    /// is done, and what else it needs is kept for it meanwhile. False if there is nothing of the kind.
    func rebuild(_ request: StreamRequest.Subscribe, _ id: Int64?, in group: FeatureGroup) -> Bool {
        let canRebuild = group === hub.context.builtIn ? hub.context.past != nil : hub.context.pastViews != nil
        guard canRebuild, let transport else { return false }
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
        let gaps = lost.sorted(by: { $0.key < $1.key }).map { number, lost in
            let (symbol, instrument, position) = known[number]
            return Gap(
                symbol: symbol,
                instrument: InstrumentID(rawValue: instrument),
                position: position,
                seam: lost.seam,
                end: lost.end
            )
        }
        let session = WeakSession(self)
        let eventLoop = transport.eventLoop
        isRebuilding = make(gaps, of: group) { rebuilt in
            eventLoop.execute {
                session.value?.goOn(request, id, holding, gaps, rebuilt)
                ring.release(holding)
            }
        }
        if !isRebuilding { ring.release(holding) }
        return isRebuilding
    }

    /// Has the updates of gaps made again; false if that cannot be done now.
    private func make(
        _ gaps: [Gap],
        of group: FeatureGroup,
        _ completion: @escaping @Sendable ([RebuiltFeatures?]) -> Void
    ) -> Bool {
        guard let view = group.view else {
            let asked = gaps.map { gap in
                FeatureGap(instrument: gap.instrument, after: gap.position.seq, through: gap.end)
            }
            return hub.context.past?.rebuild(asked, completion: completion) ?? false
        }
        let asked = gaps.map { gap in
            ViewGap(
                view: view,
                symbol: gap.symbol,
                epoch: gap.position.epoch,
                after: gap.position.seq,
                through: gap.end
            )
        }
        let fieldCount = group.features.count
        let made: @Sendable ([[ViewUpdate]?]) -> Void = { [gaps] rebuilt in
            completion(
                zip(gaps, rebuilt).map { gap, updates in
                    updates.map { RebuiltFeatures($0, of: gap.instrument, fieldCount: fieldCount) }
                }
            )
        }
        return hub.context.pastViews?.rebuild(asked, completion: made) ?? false
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
            refuseLast(id, error)
        }
        flush()
        takeHeld()
    }
}
