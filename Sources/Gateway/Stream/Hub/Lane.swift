internal import NIOCore
internal import Wire

/// The subscribers of a shape on one loop that take the same bytes, and the bytes that are on their way to all of them.
final class Lane {
    /// What makes bytes the same.
    struct Kind: Hashable {
        var encoding: StreamEncoding
        /// Whether messages that gathered come as an array.
        var isBatched: Bool
        /// How messages are compressed; nil for not at all.
        var compression: WebSocketCompression?
    }

    let kind: Kind
    var subscribers: [Subscription] = []
    /// Deltas since the last delivery.
    var burst: Burst
    /// The snapshot of the present state, until the next change.
    var snapshot: ByteBuffer?
    /// The last delta that was merged for somebody; others are likely to need the same.
    var merged: (prev: Int64, seq: Int64, frame: ByteBuffer)?

    init(kind: Kind) {
        self.kind = kind
        self.burst = Burst(kind: kind)
    }
}

/// Messages of one lane that gather until the end of a loop turn, encoded: whole frames, or, where they may become one
/// array, payloads one behind the other.
struct Burst {
    /// A subscriber who wants the latest gets more deltas than this of one turn as one. So many gather only while the loop is
    /// busy, and then every byte that is written makes everybody's next delta later.
    static let conflatedCountMax = 8

    private let kind: Lane.Kind
    private(set) var bytes = ByteBuffer()
    /// Messages in it.
    private(set) var count = 0
    /// Deltas in them, merged ones counted.
    private(set) var updates = 0
    /// `seq` before its first delta.
    private(set) var prev: Int64 = 0
    /// Whether one of them is of more than one delta: not what a subscriber of all deltas takes.
    private(set) var isMerged = false

    init(kind: Lane.Kind) { self.kind = kind }

    /// Appends a delta, whose message was just encoded.
    mutating func append(_ payload: [UInt8], _ event: @autoclosure () -> EventID, _ delta: Delta) {
        if count == 0 {
            prev = delta.prev
            bytes.reserveCapacity(minimumWritableBytes: max(256, payload.count + 16))
        }
        if kind.isBatched {
            StreamFraming.join(payload, to: &bytes, isFirst: count == 0, kind.encoding)
        } else {
            StreamFraming.append(payload, "d", event(), to: &bytes, kind.encoding, kind.compression)
        }
        count += 1
        updates += delta.count
        isMerged = isMerged || delta.count > 1
    }

    /// Counts a delta that need not be encoded: all that take the burst will get one that is merged.
    mutating func merge(_ delta: Delta) {
        bytes = ByteBuffer()
        count += 1
        updates += delta.count
        isMerged = isMerged || delta.count > 1
    }

    /// Empties the burst and gives what was in it.
    mutating func take() -> Delivery {
        defer { self = Burst(kind: kind) }
        guard kind.isBatched, bytes.readableBytes > 0 else {
            return Delivery(frames: bytes, count: count, updates: updates, prev: prev, isMerged: isMerged)
        }
        return Delivery(
            frames: StreamFraming.frame(joined: bytes, count: count, kind.encoding, kind.compression),
            joined: bytes,
            count: count,
            updates: updates,
            prev: prev,
            isMerged: isMerged
        )
    }
}

/// A burst on its way to each subscriber: the same buffer for all.
struct Delivery {
    /// What is written; nothing if there are too many for subscribers who want the latest.
    var frames: ByteBuffer
    /// The payloads of a batched lane, to be joined with others while the socket is full.
    var joined: ByteBuffer?
    var count: Int
    var updates: Int
    var prev: Int64
    var isMerged: Bool
}
