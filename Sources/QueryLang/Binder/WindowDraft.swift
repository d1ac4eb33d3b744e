/// A window call whose order and partition are not all known before the grouping is.
struct WindowDraft: Hashable {
    /// What a call that is not written goes by.
    enum Implied: Hashable {
        /// All is written.
        case nothing
        /// A frame without ORDER BY: the order is that of the designated timestamp.
        case order
        /// A call without OVER: each series by itself, in the order of the designated timestamp.
        case partitionAndOrder
    }

    var call: WindowCall
    var implied: Implied
}
