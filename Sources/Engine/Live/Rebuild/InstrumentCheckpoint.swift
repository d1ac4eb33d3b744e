import Market
import Synchronization

/// What is live about an instrument right after an event with which its whole book was stored. From there on the same machine
/// makes the same updates of the stored events.
struct InstrumentCheckpoint: Sendable {
    /// The event.
    var seq: Int64
    var time: Int64
    /// What the feed said of the book.
    var feedState: BookState
    var bookFeatures: BookFeatures
    var tradeFeatures: TradeFeatures
    var bars: OpenBars
    var watermark: Watermark
    var row: FeatureRow
    var chain: UpdateChain
}

/// The latest checkpoints of all instruments: some two kilobytes each, one a keyframe.
///
/// Bounded in number over all instruments; the oldest go, and with them what can be made again of the time before the next.
public final class FeatureCheckpoints: Sendable {
    /// Sixteen megabytes: of a hundred instruments, whose keyframes are five minutes apart, those of seven hours.
    static let countMax = 8_192

    private struct State {
        var checkpoints: [UInt32: [InstrumentCheckpoint]] = [:]
        /// Instruments by the age of their checkpoints, those before `start` gone.
        var order: [UInt32] = []
        var start = 0
    }

    private let state = Mutex(State())

    /// Creates an empty collection.
    public init() {}

    func append(_ checkpoint: InstrumentCheckpoint, of id: InstrumentID) {
        state.withLock { state in
            state.checkpoints[id.rawValue, default: []].append(checkpoint)
            state.order.append(id.rawValue)
            while state.order.count - state.start > Self.countMax {
                state.checkpoints[state.order[state.start]]?.removeFirst()
                state.start += 1
            }
            guard state.start > Self.countMax else { return }
            state.order.removeFirst(state.start)
            state.start = 0
        }
    }

    /// The last one that is not after an event.
    func newest(of id: InstrumentID, through seq: Int64) -> InstrumentCheckpoint? {
        state.withLock { $0.checkpoints[id.rawValue]?.last { $0.seq <= seq } }
    }
}
