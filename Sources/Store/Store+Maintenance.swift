public import Columnar

extension Store {
    /// Flushes, then merges the segments of every partition into one. Returns when the result is durable. Writes and reads
    /// go on. Must not be called from a completion.
    public func compact() throws(TableError) {
        try flush()
        try waitFor { done in self.core.maintenance.request(done) }
    }

    /// Flushes, then puts a copy of the store's state of that moment into a directory, which must be empty or absent: hard
    /// links of its segments, a manifest. Durable on return; writes and reads go on. The copy opens as any data directory.
    /// Must not be called from a completion.
    public func backup(to directory: String) throws(TableError) {
        try flush()
        try Backup(core: core, target: directory).run()
    }

    /// Reads every byte of a data directory that no process has open and tells what is damaged. Changes nothing.
    public static func verify(
        directory: String,
        fileSystem: any FileSystem = PosixFileSystem()
    ) throws(TableError) -> StoreVerification {
        let lock = try DataDirectory.lock(directory, fileSystem)
        defer { lock.release() }
        return try Inspection(directory: directory, files: fileSystem).run()
    }

    /// Makes a damaged data directory that no process has open usable again with the least loss: what cannot be read is
    /// moved to `quarantine` in it and told. Changes nothing if all is well.
    public static func repair(
        directory: String,
        fileSystem: any FileSystem = PosixFileSystem()
    ) throws(TableError) -> StoreRepair {
        let lock = try DataDirectory.lock(directory, fileSystem)
        defer { lock.release() }
        var repair = Repair(directory: directory, files: fileSystem)
        try repair.run()
        return repair.report
    }

    /// Makes a data directory out of a backup, after verifying the backup. The target must be empty or absent. Durable on
    /// return.
    public static func restore(
        backup: String,
        to directory: String,
        fileSystem: any FileSystem = PosixFileSystem()
    ) throws(TableError) {
        let verification = try verify(directory: backup, fileSystem: fileSystem)
        if let damage = verification.damages.first {
            throw TableError(corrupt: damage.file, offset: damage.offset, expected: "a whole backup: \(damage.message)")
        }
        try Restore(source: backup, target: directory, files: fileSystem).run()
    }
}

/// What verifying, repairing and restoring ask of a directory first.
enum DataDirectory {
    /// Locks a directory that holds a store; refuses one that holds none.
    static func lock(_ directory: String, _ files: any FileSystem) throws(TableError) -> any DirectoryLock {
        let names = try files.list(directory)
        guard
            names.contains(where: { $0 == Manifest.fileName || $0 == "tables" || WALFormat.firstLSN(ofFile: $0) != nil }
            )
        else { throw TableError(.invalid, "\(directory) is no data directory: there is neither a manifest nor a WAL") }
        return try files.lock(directory)
    }

    /// Creates a directory that must be empty or absent.
    static func createEmpty(_ directory: String, _ files: any FileSystem) throws(TableError) {
        try files.createDirectory(directory)
        guard try files.list(directory).isEmpty else {
            throw TableError(.invalid, "\(directory) is not empty; choose a new directory")
        }
    }
}
