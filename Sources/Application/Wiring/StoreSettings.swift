import Columnar
import Store

extension StoreOptions {
    /// The bounds and ways that the configuration asks for.
    init(_ configuration: Configuration) {
        self.init()
        memtableFlushBytes = configuration.memtableBytes
        memtableBytesMax = configuration.memtableBytes * 4
        queueBytesMax = configuration.storeQueueBytes
        readMode = configuration.isReadingMapped ? .mapped : .buffered
        compacts = configuration.isCompacting
        compactionBytesPerSecond = configuration.compactionBytesPerSecond
    }
}

extension Store {
    /// Sets how long the rows of the tables that `store.retention` names are kept.
    ///
    /// A table that does not exist is an error: a misspelt name would let the disk fill.
    func apply(_ retention: Retention) throws(TableError) {
        for (name, nanoseconds) in retention.timesToLive {
            guard let table = catalog.schema(named: name)?.name else {
                let names = catalog.tables.map(\.name)
                let near = nearest(to: name, in: names).map { "did you mean '\($0)'?" }
                let hint = near ?? "the tables are \(names.joined(separator: ", "))"
                throw TableError(.unknownTable, "store.retention: there is no table '\(name)'; \(hint)")
            }
            // A change is a record of the WAL; a start that changes nothing writes none.
            if timeToLive(of: table) != nanoseconds { try setTimeToLive(nanoseconds, of: table) }
        }
    }
}
