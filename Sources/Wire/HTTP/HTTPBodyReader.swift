public import NIOCore

/// A request's body, read on demand: the socket is not read on while bytes wait here.
///
/// Bound to the connection's loop: made there, and every method must be called there.
public final class HTTPBodyReader {
    /// What a read gave.
    public enum Piece {
        /// Bytes, at least one.
        case bytes(ByteBuffer)
        /// The body is complete.
        case end
        /// The connection failed before the body's end.
        case failed(WireError)
    }

    private var waiting: ByteBuffer?
    private var outcome: Piece?
    private var demand: ((Piece) -> Void)?
    private let onDemand: () -> Void

    init(onDemand: @escaping () -> Void) { self.onDemand = onDemand }

    /// Whether the connection should read the socket on.
    var wantsBytes: Bool { waiting == nil && outcome == nil }

    /// Asks for the next piece. One read at a time; `completion` may be called before this returns.
    public func read(_ completion: @escaping (Piece) -> Void) {
        precondition(demand == nil, "BUG: two reads of a body at once")
        demand = completion
        deliver()
        if demand != nil { onDemand() }
    }

    func receive(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        var bytes = bytes
        if waiting == nil { waiting = bytes } else { waiting?.writeBuffer(&bytes) }
        deliver()
    }

    func finish(_ outcome: Piece) {
        if self.outcome == nil { self.outcome = outcome }
        deliver()
    }

    private func deliver() {
        guard let demand else { return }
        if let bytes = waiting {
            waiting = nil
            self.demand = nil
            demand(.bytes(bytes))
        } else if let outcome {
            self.demand = nil
            demand(outcome)
        }
    }
}
