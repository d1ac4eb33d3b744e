/// What can go wrong between a reader or writer of tables and their store.
public struct TableError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; decides what a caller may do about it.
    public enum Code: Sendable, Hashable {
        /// No table of that name.
        case unknownTable
        /// A table of that name exists with another schema.
        case tableExists
        /// Rows do not fit the table's schema, or a bound on them.
        case invalid
        /// The bytes on disk are not what was written.
        case corrupt
        /// The disk is full: nothing of the batch was kept; try again when there is room.
        case diskFull
        /// The store takes no writes any more, for example after a failed fsync.
        case readOnly
        /// The queue of writes is full: try again shortly.
        case congested
        /// The store is closed or closing.
        case closed
        /// The operating system refused.
        case io
    }

    /// The kind of failure.
    public let code: Code
    /// What was wrong, where, and what to do; safe to show to a user.
    public let message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
