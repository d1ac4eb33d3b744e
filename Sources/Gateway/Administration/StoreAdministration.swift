public import Columnar

/// Looks after a store while it is served: what the gateway needs for `/v1/admin`.
///
/// Calls may block for as long as the work takes. They come from threads of the gateway's own, never from an event loop.
public protocol StoreAdministration: Sendable {
    /// How full the store is.
    func status() throws(TableError) -> StoreStatus
    /// Puts a copy of the store's state into a directory that is empty or absent, while writes go on.
    ///
    /// - Parameter directory: an absolute path on the machine of the gateway.
    func backup(to directory: String) throws(TableError)
    /// Merges the segments of every partition into one, while reads and writes go on.
    func compact() throws(TableError)
}
