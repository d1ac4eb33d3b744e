public import Columnar

/// A batch on its way into a store, for one who has something to do before waiting for it.
public struct PendingAppend: Sendable {
    private let answer = Answer<Result<LSN, TableError>>()

    /// Gives a batch to a store; its place in the order of writes is that of this call.
    public init(_ batch: AppendBatch, durability: Durability, to sink: any TableSink) {
        let answer = answer
        sink.append(batch, durability: durability) { answer.give($0) }
    }

    /// Waits until the batch is done; why nothing of it was kept is thrown.
    @discardableResult
    public func wait() throws(TableError) -> LSN { try answer.wait().get() }

    /// Lets a queue of writes that is full become emptier: a few milliseconds.
    public static func waitForRoom() { Pause.milliseconds(5) }
}
