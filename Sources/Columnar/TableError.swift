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
    /// The damaged file, if the code is ``Code-swift.enum/corrupt``.
    public let file: String?
    /// Where in the file, in bytes.
    public let offset: Int?

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
        self.file = nil
        self.offset = nil
    }

    /// Creates the error of a damaged file.
    ///
    /// - Parameters:
    ///   - file: its path.
    ///   - offset: where in it.
    ///   - expected: what should have been there, as in "expected a whole record".
    public init(corrupt file: String, offset: Int, expected: String) {
        self.code = .corrupt
        self.message = """
            \(file) is damaged at offset \(offset): expected \(expected); restore this file from a backup, or see \
            `tickgate store repair`
            """
        self.file = file
        self.offset = offset
    }

    /// The message.
    public var description: String { message }
}
