import Columnar
import Gateway
import Glibc
import Synchronization

/// A store that does nothing, as slowly as a test wants it.
final class FakeAdministration: StoreAdministration {
    /// What was asked for, in order.
    var calls: [String] { called.withLock { $0 } }
    private let called = Mutex<[String]>([])
    private let isHeld = Atomic<Bool>(false)

    /// Lets no job end until ``release()``.
    func hold() { isHeld.store(true, ordering: .sequentiallyConsistent) }

    func release() { isHeld.store(false, ordering: .sequentiallyConsistent) }

    func status() throws(TableError) -> StoreStatus { Self.status }

    func backup(to directory: String) throws(TableError) {
        called.withLock { $0.append("backup \(directory)") }
        while isHeld.load(ordering: .sequentiallyConsistent) { usleep(200) }
        switch directory {
        case "/full": throw TableError(.diskFull, "the disk is full")
        case "/taken": throw TableError(.invalid, "/taken is not empty")
        case "/broken": throw TableError(.corrupt, "a segment is damaged")
        default: return
        }
    }

    func compact() throws(TableError) {
        called.withLock { $0.append("compact") }
        while isHeld.load(ordering: .sequentiallyConsistent) { usleep(200) }
    }

    static let status: StoreStatus = {
        var table = StoreStatus.Table(name: "1Min/\"OHLCV\"", kind: "regular", partition: "month")
        table.series = 3
        table.rows = 9_007_199_254_740_993
        table.memtableRows = 7
        table.segments = 2
        table.bytes = 1_024
        table.firstTime = "2024-08-08T23:54:00Z"
        table.lastTime = "2024-08-09T00:00:01.271Z"
        table.timeToLiveSeconds = 86_400
        table.columns = [.init(name: "time", bytes: 24), .init(name: "open", bytes: 1_000)]
        var status = StoreStatus()
        status.walBytes = 72
        status.memtableBytes = 4_096
        status.readOnlyReason = "fdatasync failed"
        status.tables = [table, StoreStatus.Table(name: "trades", kind: "event", partition: "day")]
        return status
    }()
}
