/// A few files beside the tables, each of which is replaced as a whole: what somebody knows and can find out again.
///
/// Names are file names, without a directory. Calls may block and may come from any thread.
public protocol StateFiles: Sendable {
    /// The names of the files that there are, in any order.
    func names() throws(TableError) -> [String]
    /// The bytes of a file; nil if there is none, or one of more than `bytesMax`.
    func read(_ name: String, bytesMax: Int) throws(TableError) -> [UInt8]?
    /// Puts a file in the place of the one of its name, durably: after a crash at any moment the old one or the new one is
    /// there, whole.
    func replace(_ name: String, with bytes: [UInt8]) throws(TableError)
    /// Removes a file; does nothing if there is none.
    func remove(_ name: String) throws(TableError)
}
