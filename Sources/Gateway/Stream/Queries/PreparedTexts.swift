internal import Engine
internal import Synchronization

/// Texts that were understood, so that who subscribes to one, or begins anew after it lagged, need not wait for that.
///
/// Each subscription renews what its text means, for tables and views may be others by now.
final class PreparedTexts: Sendable {
    private struct State {
        var plans: [String: PreparedLiveQuery] = [:]
        var byteCount = 0
    }

    /// A plan takes some ten times its text.
    private static let bytesMax = 1 << 20

    private let state = Mutex(State())

    func keep(_ plan: PreparedLiveQuery, for text: String) {
        let byteCount = text.utf8.count
        state.withLock { state in
            if state.plans.removeValue(forKey: text) != nil { state.byteCount -= byteCount }
            if state.byteCount + byteCount > Self.bytesMax { state = State() }
            state.plans[text] = plan
            state.byteCount += byteCount
        }
    }

    func plan(of text: String) -> PreparedLiveQuery? { state.withLock { $0.plans[text] } }
}
