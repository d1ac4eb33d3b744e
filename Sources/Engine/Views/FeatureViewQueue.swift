import Columnar

/// What was committed and not yet computed: filled by the thread that writes the store, emptied by the one that computes
/// feature views. Bounded: past ``rowsMax`` everything is let go of, and the reader starts again from the store.
final class FeatureViewQueue: Sendable {
    /// What came.
    enum Item: Sendable {
        /// Rows of tables that somebody reads.
        case rows(lsn: LSN, [AppendGroup])
        /// A table that somebody reads was made, dropped or changed, or rows of it were removed.
        case changed(LSN)
        /// Rows were let go of.
        case lost
    }

    private struct State {
        var items: [Item] = []
        var rows = 0
        var isBusy = false
        var isStopped = false

        var isIdle: Bool { items.isEmpty && !isBusy }
    }

    private let rowsMax: Int
    private let state = Monitor(State())

    init(rowsMax: Int) { self.rowsMax = rowsMax }

    func append(_ item: Item, rows added: Int = 0) {
        state.change { state in
            if state.isStopped { return }
            if state.rows + added > rowsMax, !state.items.isEmpty {
                state.items = [.lost]
                state.rows = 0
            }
            state.items.append(item)
            state.rows += added
        }
    }

    /// Waits for items and takes all of them; nil once the queue was stopped.
    func take() -> [Item]? {
        state.change { $0.isBusy = false }
        let taken = state.wait { state -> [Item]? in
            if state.isStopped { return [] }
            if state.items.isEmpty { return nil }
            defer {
                state.items = []
                state.rows = 0
                state.isBusy = true
            }
            return state.items
        }
        return taken.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Waits until all that came was taken and worked off.
    func waitUntilIdle() { _ = state.wait { $0.isIdle || $0.isStopped ? true : nil } }

    func stop() {
        state.change { state in
            state.isStopped = true
            state.items = []
        }
    }
}
