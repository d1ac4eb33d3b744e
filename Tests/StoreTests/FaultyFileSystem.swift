import Columnar
import Glibc
import Store
import Synchronization

/// The real file system with switches: failing syncs, a full disk, a gate that holds syncs, and a log of calls.
final class FaultyFileSystem: FileSystem {
    struct Switches {
        var failsSync = false
        /// Bytes that may still be written; nil is no bound.
        var room: Int?
        var failsTruncate = false
        var syncs = 0
        var unsyncedBytes = 0
        /// While true a sync of the WAL waits.
        var isGated = false
    }

    let switches = Mutex(Switches())
    private let real = PosixFileSystem()
    private let skipsSyncs: Bool

    /// With `skipsSyncs` nothing waits for the disk: for tests that are about bytes, not about power cuts.
    init(skipsSyncs: Bool = false) { self.skipsSyncs = skipsSyncs }

    /// A disk that is fast and has no faults.
    static var quick: FaultyFileSystem { FaultyFileSystem(skipsSyncs: true) }

    func change(_ body: (inout Switches) -> Void) { switches.withLock { body(&$0) } }

    func createDirectory(_ path: String) throws(TableError) { try real.createDirectory(path) }
    func list(_ directory: String) throws(TableError) -> [String] { try real.list(directory) }
    func map(_ path: String) throws(TableError) -> MappedBytes? { try real.map(path) }
    func openForReading(_ path: String) throws(TableError) -> (any ReadableFile)? { try real.openForReading(path) }
    func link(_ source: String, to target: String) throws(TableError) { try real.link(source, to: target) }
    func removeDirectory(_ path: String) throws(TableError) { try real.removeDirectory(path) }
    func rename(_ source: String, to target: String) throws(TableError) { try real.rename(source, to: target) }
    func remove(_ path: String) throws(TableError) { try real.remove(path) }
    func syncDirectory(_ path: String) throws(TableError) { if !skipsSyncs { try real.syncDirectory(path) } }
    func lock(_ directory: String) throws(TableError) -> any DirectoryLock { try real.lock(directory) }

    func open(_ path: String, _ mode: FileMode) throws(TableError) -> any WritableFile {
        FaultyFile(real: try real.open(path, mode), owner: self)
    }

    private final class FaultyFile: WritableFile {
        let real: any WritableFile
        let owner: FaultyFileSystem

        init(real: any WritableFile, owner: FaultyFileSystem) {
            self.real = real
            self.owner = owner
        }

        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(TableError) -> Int {
            let allowed = owner.switches.withLock { switches in
                let allowed = min(bytes.count, switches.room ?? .max)
                switches.room = switches.room.map { $0 - allowed }
                switches.unsyncedBytes += allowed
                return allowed
            }
            if allowed == 0 { throw TableError(.diskFull, "injected: no room") }
            return try real.write(UnsafeRawBufferPointer(rebasing: bytes[..<allowed]), at: offset)
        }

        func truncate(to length: Int) throws(TableError) {
            if owner.switches.withLock({ $0.failsTruncate }) { throw TableError(.io, "injected: truncate") }
            try real.truncate(to: length)
        }

        func sync() throws(TableError) {
            while owner.switches.withLock({ $0.isGated }) { sched_yield() }
            if owner.switches.withLock({ $0.failsSync }) { throw TableError(.io, "injected: fdatasync") }
            if !owner.skipsSyncs { try real.sync() }
            owner.switches.withLock { switches in
                switches.syncs += 1
                switches.unsyncedBytes = 0
            }
        }
    }
}
