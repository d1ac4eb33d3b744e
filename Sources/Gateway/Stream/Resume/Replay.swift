internal import Engine
internal import NIOCore

/// Where a subscriber of old is.
struct StreamPosition: Sendable, Hashable {
    var epoch: String
    var seq: Int64
}

/// What a subscriber that comes back gets.
enum ReplayAnswer {
    case replay(Replay)
    case tooOld
    case otherEpoch

    /// The word for why it is no replay.
    var reason: String? {
        switch self {
        case .replay: nil
        case .tooOld: "too_old"
        case .otherEpoch: "epoch"
        }
    }
}

/// Deltas that a subscriber missed, encoded, in pieces that are queued one by one.
struct Replay {
    /// A piece, and where the subscriber is after it.
    struct Piece {
        var delivery: Delivery
        var last: Int64
        /// Deltas after it.
        var missing = 0
    }

    private static let pieceBytes = 32 * 1024

    private(set) var pieces: [Piece] = []
    private(set) var count = 0
    private(set) var byteCount = 0
    /// `seq` of the last delta.
    private(set) var last: Int64
    private var burst: Burst

    init(kind: Lane.Kind, last: Int64) {
        self.last = last
        self.burst = Burst(kind: kind)
    }

    mutating func append(_ payload: [UInt8], _ event: @autoclosure () -> EventID, _ delta: Delta) {
        let before = burst.bytes.readableBytes
        burst.append(payload, event(), delta)
        byteCount += burst.bytes.readableBytes - before
        count += 1
        last = delta.cause.seq
        if burst.bytes.readableBytes >= Self.pieceBytes { endPiece() }
    }

    mutating func finish() {
        endPiece()
        var missing = 0
        for index in pieces.indices.reversed() {
            pieces[index].missing = missing
            missing += pieces[index].delivery.count
        }
    }

    private mutating func endPiece() {
        guard burst.count > 0 else { return }
        pieces.append(Piece(delivery: burst.take(), last: last))
    }
}

extension Shape {
    /// Fills in what an update of the past changed here; false if it changed nothing.
    func describe(
        _ entry: ResumeRing.Entry,
        _ values: ArraySlice<ResumeRing.Value>,
        prev: Int64,
        in delta: inout Delta
    ) -> Bool {
        delta.begin(prev: prev, entry.cause, count: 1, book: entry.hasBookChanged ? entry.bookState : nil)
        var last = -1
        var isSorted = true
        for value in values {
            guard let position = position(of: Int(value.feature)) else { continue }
            delta.append(
                .init(
                    position: position,
                    value: value.status.shows(value.value),
                    status: value.status,
                    hasStatusChanged: value.hasStatusChanged
                )
            )
            isSorted = isSorted && position > last
            last = position
        }
        if !isSorted { delta.sort() }
        return !delta.entries.isEmpty || entry.hasBookChanged || followsBook && entry.cause.updateID != 0
    }
}
