import Columnar

/// Copies what the manifest names into another directory, by hard links.
struct Backup {
    let core: StoreCore
    let target: String

    func run() throws(TableError) {
        try DataDirectory.createEmpty(target, core.files)
        // Segments in the state keep their files as long as it is held.
        let (manifest, state) = core.manifest.reading { ($0, core.state) }
        let catalog = core.catalog.state
        var copy = manifest
        copy.tables.removeAll { catalog.entry($0.id) == nil }
        copy.tidy()
        try withExtendedLifetime(state) { () throws(TableError) in
            try DirectoryCopy(source: core.directory, target: target, files: core.files).copy(copy)
        }
    }
}

/// Makes a data directory out of a backup, or out of any data directory that is whole.
struct Restore {
    let source: String
    let target: String
    let files: any FileSystem

    func run() throws(TableError) {
        try DataDirectory.createEmpty(target, files)
        let manifest = try Manifest.read(directory: source, files: files)
        // Segments never change, so they may be shared; a WAL is written to, so it may not.
        for name in try files.list(source).sorted() where WALFormat.firstLSN(ofFile: name) != nil {
            guard let bytes = try files.map("\(source)/\(name)") else { continue }
            let file = try files.open("\(target)/\(name)", .create)
            try file.writeAll(bytes.bytes, at: 0)
            try file.sync()
        }
        try DirectoryCopy(source: source, target: target, files: files).copy(manifest)
    }
}

/// Copies segments and manifest from one data directory to another.
struct DirectoryCopy {
    let source: String
    let target: String
    let files: any FileSystem

    /// Durable on return. The manifest comes last: without it a copy that was broken off is empty.
    func copy(_ manifest: Manifest) throws(TableError) {
        let tables = Dictionary(manifest.tables.map { ($0.id, $0.entry) }) { first, _ in first }
        var directories: Set<String> = []
        for segment in manifest.segments {
            guard let table = tables[segment.table] else { continue }
            let directory = table.partitionPath(segment.partition, in: target)
            if directories.insert(directory).inserted { try files.createDirectory(directory) }
            try files.link(table.segmentPath(segment, in: source), to: table.segmentPath(segment, in: target))
        }
        for directory in directories.sorted() { try files.syncDirectory(directory) }
        try manifest.prepare(directory: target, files: files)
        try manifest.commit(directory: target, files: files)
    }
}
