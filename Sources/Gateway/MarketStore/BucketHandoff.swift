internal import NIOCore
internal import Synchronization

/// Frames that some clients of one loop get.
struct BucketDelivery: Sendable {
    var receivers: [BucketStreamSession]
    /// Whole frames, the same bytes for all.
    var frames: ByteBuffer
}

/// Frames on their way to the loop of their receivers: one hop for all that is ready. Bounded: the receivers of what does not
/// fit are too slow, whoever is to blame.
final class BucketHandoff: Sendable {
    private struct State {
        var deliveries: [BucketDelivery] = []
        var bytes = 0
        var lagging: [BucketStreamSession] = []
        var isScheduled = false
    }

    private let state = Mutex(State())
    private let bytesMax: Int

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Puts a delivery in; true if the loop has to be woken.
    func put(_ delivery: BucketDelivery) -> Bool {
        state.withLock { state in
            let bytes = delivery.frames.readableBytes
            if state.bytes + bytes <= bytesMax {
                state.deliveries.append(delivery)
                state.bytes += bytes
            } else {
                state.lagging += delivery.receivers
            }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
    }

    /// Takes all that is there, and the receivers that missed something.
    func take() -> (deliveries: [BucketDelivery], lagging: [BucketStreamSession]) {
        state.withLock { state in
            defer { state = State() }
            return (state.deliveries, state.lagging)
        }
    }
}
