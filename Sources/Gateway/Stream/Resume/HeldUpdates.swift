/// Updates that the ring let go while a subscriber waits for what came before them.
///
/// Invariant: of each instrument, those after the one that was asked for up to the ring's floor, without a gap; of none, once
/// they would take more than the bound.
struct HeldUpdates {
    private struct Part {
        var after: Int64
        var missed = ResumeRing.Missed()
    }

    private var parts: [Int: Part] = [:]
    private var bytesLeft: Int

    /// - Parameter bytesMax: of all instruments together.
    init(bytesMax: Int) { bytesLeft = bytesMax }

    /// From now on takes what is let go of a history and came after an update; nothing after it is let go yet.
    mutating func follow(_ history: Int, after seq: Int64) { parts[history] = Part(after: seq) }

    /// Takes an update that is let go.
    mutating func take(_ entry: ResumeRing.Entry, _ values: [ResumeRing.Value], of history: Int) {
        guard let after = parts[history]?.after, entry.cause.seq > after else { return }
        bytesLeft -= MemoryLayout<ResumeRing.Entry>.stride + values.count * MemoryLayout<ResumeRing.Value>.stride
        guard bytesLeft >= 0 else { return parts.removeAll() }
        parts[history]?.missed.append(entry, values[...])
    }

    /// What was let go of a history after an update; nil if that is not held from there on.
    func updates(of history: Int, after seq: Int64, through last: Int64) -> ResumeRing.Missed? {
        guard let part = parts[history], seq >= part.after else { return nil }
        var missed = ResumeRing.Missed()
        part.missed.forEach { entry, values in
            if entry.cause.seq > seq, entry.cause.seq <= last { missed.append(entry, values) }
        }
        return missed
    }
}
