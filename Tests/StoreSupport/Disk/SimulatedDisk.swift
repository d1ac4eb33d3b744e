public import Columnar
public import Store
import Synchronization

/// A disk in memory that forgets, tears, fails and fills up like a real one, from a seed.
///
/// Bytes and names are durable once synced, and no sooner: ``crash(seed:)`` cuts the power and leaves one of the states that
/// the missing syncs allow. ``kill()`` ends the process only, which loses nothing. After either every call fails, on old
/// handles for ever, on the disk until ``restart()``.
///
/// One seed and one order of calls give one history. Any thread may call.
public final class SimulatedDisk: FileSystem {
    private let state: Mutex<DiskState>

    /// An empty disk without faults; `seed` decides all that is left to chance.
    public init(seed: UInt64) { state = Mutex(DiskState(seed: seed)) }

    private init(state: DiskState) { self.state = Mutex(state) }

    func withState<Result: Sendable, Failure: Error>(
        _ body: (inout DiskState) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try state.withLock { state throws(Failure) in try body(&state) }
    }

    /// Counts the call, fails if that is its fate, else does it.
    func perform<Result: Sendable>(
        _ call: DiskCall,
        _ path: String,
        epoch: Int? = nil,
        _ body: (inout DiskState) throws(TableError) -> Result
    ) throws(TableError) -> Result {
        try withState { state throws(TableError) in
            let verdict = state.begin(call, path, epoch: epoch)
            if case .fail(let error) = verdict { throw error }
            let result = try body(&state)
            if case .proceedAndDie = verdict { throw DiskState.down(path) }
            return result
        }
    }

    // MARK: FileSystem, names

    /// See ``FileSystem/createDirectory(_:)``.
    public func createDirectory(_ path: String) throws(TableError) {
        let path = NameTree.normal(path)
        try perform(.createDirectory, path) { state throws(TableError) in
            var missing: [String] = []
            var next = path
            while state.names.node(next) == nil {
                missing.append(next)
                next = NameTree.split(next).parent
            }
            guard state.names.hasDirectory(next) else { throw TableError(.io, "\(next) exists and is no directory") }
            if !missing.isEmpty, state.isFull { throw Self.full(path, &state) }
            for directory in missing.reversed() {
                state.change(.addDirectory(directory))
                state.syncNames(of: NameTree.split(directory).parent)
            }
        }
    }

    /// See ``FileSystem/list(_:)``.
    public func list(_ directory: String) throws(TableError) -> [String] {
        let directory = NameTree.normal(directory)
        return try perform(.list, directory) { state throws(TableError) in
            guard let nodes = state.names.directories[directory] else { return [] }
            return nodes.keys.sorted().shuffled(using: &state.generator)
        }
    }

    /// See ``FileSystem/link(_:to:)``.
    public func link(_ source: String, to target: String) throws(TableError) {
        let (source, target) = (NameTree.normal(source), NameTree.normal(target))
        try perform(.link, target) { state throws(TableError) in
            guard case .file(let inode) = state.names.node(source) else { throw Self.missing("link", source) }
            try Self.checkFree(target, state)
            if state.isFull { throw Self.full(target, &state) }
            state.change(.addFile(target, inode: inode))
        }
    }

    /// See ``FileSystem/rename(_:to:)``.
    public func rename(_ source: String, to target: String) throws(TableError) {
        let (source, target) = (NameTree.normal(source), NameTree.normal(target))
        try perform(.rename, source) { state throws(TableError) in
            guard case .file(let inode) = state.names.node(source) else { throw Self.missing("rename", source) }
            guard state.names.node(target) != .directory, state.names.hasDirectory(NameTree.split(target).parent) else {
                throw Self.missing("rename to", target)
            }
            state.change(.rename(from: source, to: target, inode: inode))
        }
    }

    /// See ``FileSystem/remove(_:)``.
    public func remove(_ path: String) throws(TableError) {
        let path = NameTree.normal(path)
        try perform(.remove, path) { state throws(TableError) in
            switch state.names.node(path) {
            case nil: return
            case .directory: throw TableError(.io, "remove \(path): a directory")
            case .file: state.change(.removeFile(path))
            }
        }
    }

    /// See ``FileSystem/removeDirectory(_:)``.
    public func removeDirectory(_ path: String) throws(TableError) {
        let path = NameTree.normal(path)
        try perform(.removeDirectory, path) { state throws(TableError) in
            if state.names.directories[path]?.isEmpty ?? false { state.change(.removeDirectory(path)) }
        }
    }

    /// See ``FileSystem/syncDirectory(_:)``.
    public func syncDirectory(_ path: String) throws(TableError) {
        let path = NameTree.normal(path)
        try perform(.syncDirectory, path) { state throws(TableError) in
            guard state.names.hasDirectory(path) else { throw Self.missing("sync directory", path) }
            state.syncNames(of: path)
        }
    }

    /// See ``FileSystem/lock(_:)``.
    public func lock(_ directory: String) throws(TableError) -> any DirectoryLock {
        let directory = NameTree.normal(directory)
        // Made outside of the mutex, which its release takes.
        let number = try perform(.lock, directory) { state throws(TableError) in
            guard state.names.hasDirectory(directory) else { throw Self.missing("lock", directory) }
            guard state.locks[directory] == nil else {
                throw TableError(.io, "the data directory \(directory) is in use by another process")
            }
            let file = directory + "/LOCK"
            if state.names.node(file) == nil { state.change(.addFile(file, inode: state.addInode())) }
            let number = state.counters.total
            state.locks[directory] = number
            return number
        }
        return SimulatedLock(disk: self, directory: directory, number: number)
    }

    // MARK: FileSystem, bytes

    /// See ``FileSystem/open(_:_:)``.
    public func open(_ path: String, _ mode: FileMode) throws(TableError) -> any WritableFile {
        let path = NameTree.normal(path)
        return try perform(.open, path) { state throws(TableError) in
            let inode: Int
            switch (state.names.node(path), mode) {
            case (.directory, _): throw TableError(.io, "open \(path): a directory")
            case (.file(let existing), .existing): inode = existing
            case (.file(let existing), .create):
                inode = existing
                if !(state.inodes[inode]?.current.isEmpty ?? true) { state.change(inode, .truncate(length: 0)) }
            case (nil, .existing): throw Self.missing("open", path)
            case (nil, .create):
                guard state.names.hasDirectory(NameTree.split(path).parent) else { throw Self.missing("open", path) }
                if state.isFull { throw Self.full(path, &state) }
                inode = state.addInode()
                state.change(.addFile(path, inode: inode))
            }
            return SimulatedWritableFile(disk: self, inode: inode, path: path, epoch: state.epoch)
        }
    }

    /// See ``FileSystem/map(_:)``. A private copy of the bytes.
    public func map(_ path: String) throws(TableError) -> MappedBytes? {
        let path = NameTree.normal(path)
        return try perform(.map, path) { state throws(TableError) in
            guard case .file(let inode) = state.names.node(path), let file = state.inodes[inode] else { return nil }
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: file.current.count, alignment: 8)
            copy.copyBytes(from: file.current)
            state.flipOneBit(of: copy, path: path)
            return MappedBytes(bytes: UnsafeRawBufferPointer(copy)) { $0.deallocate() }
        }
    }

    /// See ``FileSystem/openForReading(_:)``.
    public func openForReading(_ path: String) throws(TableError) -> (any ReadableFile)? {
        let path = NameTree.normal(path)
        return try perform(.openForReading, path) { state throws(TableError) in
            guard case .file(let inode) = state.names.node(path), let file = state.inodes[inode] else { return nil }
            let count = file.current.count
            return SimulatedReadableFile(disk: self, inode: inode, byteCount: count, path: path, epoch: state.epoch)
        }
    }

    private static func missing(_ call: String, _ path: String) -> TableError {
        TableError(.io, "\(call) \(path): no such file or directory")
    }

    private static func full(_ path: String, _ state: inout DiskState) -> TableError {
        state.counters.faults += 1
        return TableError(.diskFull, "injected: \(path): no room")
    }

    private static func checkFree(_ path: String, _ state: DiskState) throws(TableError) {
        guard state.names.node(path) == nil else { throw TableError(.io, "\(path) exists") }
        guard state.names.hasDirectory(NameTree.split(path).parent) else { throw missing("link to", path) }
    }

    /// A second disk with the same bytes and names, the unsynced ones as they are; no locks, no faults.
    public func copy(seed: UInt64) -> SimulatedDisk {
        var copy = withState { $0 }
        copy.restart(seed: seed)
        return SimulatedDisk(state: copy)
    }
}
