import QueryLang

/// What one operator holds of an execution's memory; given back when it is gone.
final class HeldBytes {
    private let context: ExecutionContext
    private var count = 0

    init(_ context: ExecutionContext) { self.context = context }

    /// Says how much it is now.
    func set(_ bytes: Int) throws(QueryError) {
        let change = bytes - count
        count = bytes
        try context.hold(bytes: change)
    }

    // Letting go never fails.
    deinit { try? context.hold(bytes: -count) }
}
