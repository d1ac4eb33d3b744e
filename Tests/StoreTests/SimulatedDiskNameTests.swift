import Columnar
import Store
import StoreSupport
import Testing

/// Names, room, locks and planned failures of the simulated disk.
@Suite struct SimulatedDiskNameTests {
    private static let seeds = 1...60 as ClosedRange<UInt64>

    private func disk() throws -> SimulatedDisk {
        let disk = SimulatedDisk(seed: 1)
        try disk.createDirectory("/d")
        return disk
    }

    private func put(_ byte: UInt8, _ path: String, _ disk: SimulatedDisk) throws {
        let file = try disk.open(path, .create)
        _ = try withUnsafeBytes(of: byte) { raw throws(TableError) in try file.write(raw, at: 0) }
        try file.sync()
    }

    private func crash(_ disk: SimulatedDisk, _ seed: UInt64) {
        disk.crash(seed: seed)
        disk.restart()
    }

    // MARK: Names

    @Test func aNameIsDurableOnceItsDirectoryIsSyncedAndMayBeGoneBefore() throws {
        var isThere: Set<Bool> = []
        for seed in Self.seeds {
            let disk = try disk()
            try put(1, "/d/a", disk)
            let unsynced = disk.copy(seed: 1)
            crash(unsynced, seed)
            isThere.insert(unsynced.bytes(of: "/d/a") != nil)
            try disk.syncDirectory("/d")
            crash(disk, seed)
            #expect(disk.bytes(of: "/d/a") == [1])
        }
        #expect(isThere == [true, false])
    }

    @Test func aRenameIsOldOrNewAndNeverNeither() throws {
        var outcomes: Set<[UInt8]> = []
        for seed in Self.seeds {
            let disk = try disk()
            try put(1, "/d/a", disk)
            try put(2, "/d/b", disk)
            try disk.syncDirectory("/d")
            try disk.rename("/d/b", to: "/d/a")
            #expect(disk.bytes(of: "/d/a") == [2] && disk.bytes(of: "/d/b") == nil)
            crash(disk, seed)
            let bytes = try #require(disk.bytes(of: "/d/a"))
            #expect((bytes == [1]) == (disk.bytes(of: "/d/b") == [2]))
            outcomes.insert(bytes)
        }
        #expect(outcomes == [[1], [2]])
    }

    @Test func aRemovalMayComeBackUntilItsDirectoryIsSynced() throws {
        var isThere: Set<Bool> = []
        for seed in Self.seeds {
            let disk = try disk()
            try put(1, "/d/a", disk)
            try disk.syncDirectory("/d")
            try disk.remove("/d/a")
            let unsynced = disk.copy(seed: 1)
            crash(unsynced, seed)
            isThere.insert(unsynced.bytes(of: "/d/a") == [1])
            try disk.syncDirectory("/d")
            crash(disk, seed)
            #expect(disk.bytes(of: "/d/a") == nil)
        }
        #expect(isThere == [true, false])
    }

    /// A journal commits in order: what came later in a directory is not durable without what came before.
    @Test func changesOfADirectoryKeepTheirOrder() throws {
        for seed in Self.seeds {
            let disk = try disk()
            for name in ["a", "b", "c"] { try put(1, "/d/\(name)", disk) }
            crash(disk, seed)
            let found = try disk.list("/d").sorted()
            #expect(found == Array(["a", "b", "c"].prefix(found.count)))
        }
    }

    @Test func linksShareAFile() throws {
        let disk = try disk()
        try disk.createDirectory("/e/f")
        try put(1, "/d/a", disk)
        try disk.link("/d/a", to: "/e/f/b")
        try disk.syncDirectory("/e/f")
        #expect(throws: TableError.self) { try disk.link("/d/a", to: "/e/f/b") }
        try disk.remove("/d/a")
        #expect(disk.bytes(of: "/e/f/b") == [1])
        crash(disk, 3)
        #expect(disk.bytes(of: "/e/f/b") == [1])
    }

    @Test func aRemovedFileStaysReadableWhereItIsOpen() throws {
        let disk = try disk()
        try put(7, "/d/a", disk)
        let file = try #require(try disk.openForReading("/d/a"))
        try disk.remove("/d/a")
        var byte: UInt8 = 0
        try withUnsafeMutableBytes(of: &byte) { raw throws(TableError) in try file.read(at: 0, into: raw) }
        #expect(byte == 7)
        #expect(try disk.openForReading("/d/a") == nil)
    }

    @Test func directoriesGoOnlyWhenEmpty() throws {
        let disk = try disk()
        try put(1, "/d/a", disk)
        try disk.removeDirectory("/d")
        #expect(try disk.list("/d") == ["a"])
        try disk.remove("/d/a")
        try disk.removeDirectory("/d")
        #expect(try disk.list("/d").isEmpty)
        #expect(throws: TableError.self) { try disk.open("/d/a", .create) }
    }

    // MARK: Handles, locks, room

    @Test func handlesOfAnEarlierProcessAreDead() throws {
        let disk = try disk()
        let file = try disk.open("/d/a", .create)
        let lock = try disk.lock("/d")
        disk.kill()
        #expect(throws: TableError.self) { try disk.list("/d") }
        disk.restart()
        #expect(throws: TableError.self) { try file.sync() }
        // The lock went with the process, and its late release does not touch the next one.
        let next = try disk.lock("/d")
        lock.release()
        #expect(throws: TableError.self) { try disk.lock("/d") }
        next.release()
        _ = try disk.lock("/d")
    }

    @Test func aFullDiskTakesWhatFitsAndRoomComesBack() throws {
        let disk = try disk()
        disk.faults.capacity = 5
        let file = try disk.open("/d/a", .create)
        func write(_ count: Int, at offset: Int) throws -> Int {
            let bytes = [UInt8](repeating: 1, count: count)
            return try bytes.withUnsafeBytes { raw throws(TableError) in try file.write(raw, at: offset) }
        }
        #expect(try write(3, at: 0) == 3)
        #expect(try write(4, at: 3) == 2)
        let error = #expect(throws: TableError.self) { _ = try write(1, at: 5) }
        #expect(error?.code == .diskFull)
        // Bytes that are there can be written over.
        #expect(try write(5, at: 0) == 5)
        try file.truncate(to: 1)
        #expect(try write(4, at: 1) == 4)
        try disk.remove("/d/a")
        try put(1, "/d/b", disk)
    }

    @Test func theChosenCallFailsAndNoOther() throws {
        for failure in DiskFailure.allCases {
            let disk = try disk()
            try put(1, "/d/a", disk)
            let before = disk.counters.total
            disk.failCall(2, with: failure)
            try disk.syncDirectory("/d")
            let error = #expect(throws: TableError.self) { try disk.syncDirectory("/d") }
            #expect(error?.code == (failure == .diskFull ? .diskFull : .io))
            #expect(disk.counters.total == before + 2 && disk.counters.faults == 1)
            #expect(disk.isDown == (failure == .crash))
            if failure != .crash { try disk.syncDirectory("/d") }
        }
    }

    @Test func oneSeedGivesOneHistory() throws {
        func history(_ seed: UInt64) throws -> [String] {
            let disk = SimulatedDisk(seed: seed)
            try disk.createDirectory("/d")
            disk.faults.errorOneIn = [.open: 3, .write: 3, .syncDirectory: 4]
            var log: [String] = []
            for index in 0..<60 {
                do { try put(UInt8(index), "/d/\(index % 7)", disk) } catch { log.append("\(index): \(error)") }
            }
            disk.crash(seed: seed)
            return log + disk.files.map { "\($0) \($1)" }.sorted()
        }
        #expect(try history(5) == history(5))
        #expect(try history(5) != history(6))
    }
}
