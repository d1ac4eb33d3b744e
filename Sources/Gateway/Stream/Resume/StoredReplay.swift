internal import Engine
internal import Market
internal import NIOCore

/// What was made again for a request, until it is answered.
struct RebuiltReplays {
    /// The updates after one, made again.
    struct Replay {
        var missed: ResumeRing.Missed
        /// One of them, from which on the ring has everything.
        var seam: Int64
    }

    /// By symbol.
    var replays: [String: Replay] = [:]
    /// What the ring keeps for the request, see ``ResumeRing/hold(_:of:lostMax:bytesMax:now:)``.
    var holding: Int
}

/// What fell out of the ring, made again from the store, and put before what the ring still has.
extension ResumeRing.Missed {
    /// The updates after one, as the ring would have held them; nil if the epoch changed among them.
    init?(_ rebuilt: RebuiltFeatures, after seq: Int64, epoch: String) {
        self.init()
        var statuses = rebuilt.statuses
        var book = rebuilt.bookState
        for update in rebuilt.batch.updates {
            let isWanted = update.seq > seq
            if update.isEpochStart {
                guard !isWanted else { return nil }
                for index in statuses.indices { statuses[index] = .warming }
                book = update.bookState
            }
            let hasBookChanged = book != update.bookState
            book = update.bookState
            for value in rebuilt.batch.values[update.valueRange] where statuses.indices.contains(value.feature) {
                let hasStatusChanged = statuses[value.feature] != value.status
                statuses[value.feature] = value.status
                guard isWanted else { continue }
                values.append(
                    ResumeRing.Value(
                        value: value.value,
                        feature: Int32(truncatingIfNeeded: value.feature),
                        status: value.status,
                        hasStatusChanged: hasStatusChanged
                    )
                )
            }
            guard isWanted else { continue }
            guard update.epoch == epoch else { return nil }
            entries.append(
                ResumeRing.Entry(
                    cause: Cause(update),
                    bookState: update.bookState,
                    hasBookChanged: hasBookChanged,
                    valuesEnd: values.count
                )
            )
        }
    }

    /// Those up to one, which is among them, followed by others that came after it; nil unless both tell the same where they
    /// overlap.
    ///
    /// What was made again was made by the machine that made the others, of the events that it had. Should it ever not be the
    /// same, a subscriber is better off with a snapshot.
    func followed(by later: ResumeRing.Missed, after seam: Int64) -> ResumeRing.Missed? {
        guard let last = entries.lastIndex(where: { $0.cause.seq == seam }) else { return nil }
        var joined = ResumeRing.Missed(
            entries: Array(entries[...last]),
            values: Array(values[..<entries[last].valuesEnd])
        )
        for (index, entry) in entries[(last + 1)...].enumerated() {
            guard index < later.entries.count else { break }
            guard isSame(last + 1 + index, entry, as: index, of: later) else { return nil }
        }
        let offset = joined.values.count
        joined.values += later.values
        for var entry in later.entries {
            entry.valuesEnd += offset
            joined.entries.append(entry)
        }
        return joined
    }

    private func isSame(_ index: Int, _ entry: ResumeRing.Entry, as other: Int, of later: ResumeRing.Missed) -> Bool {
        let known = later.entries[other]
        guard entry.cause.seq == known.cause.seq, entry.bookState == known.bookState,
            entry.hasBookChanged == known.hasBookChanged, entry.cause.updateID == known.cause.updateID
        else { return false }
        return valuesOf(index).elementsEqual(later.valuesOf(other)) { first, second in
            first.feature == second.feature && first.status == second.status
                && first.hasStatusChanged == second.hasStatusChanged
                && first.value.bitPattern == second.value.bitPattern
        }
    }

    private func valuesOf(_ index: Int) -> ArraySlice<ResumeRing.Value> {
        values[(index > 0 ? entries[index - 1].valuesEnd : 0)..<entries[index].valuesEnd]
    }
}
