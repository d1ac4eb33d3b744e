import Columnar
import Store
import StoreSupport
import Testing

/// The disk that other tests trust.
@Suite struct SimulatedDiskTests {
    private static let seeds = 1...40 as ClosedRange<UInt64>

    private func disk() throws -> SimulatedDisk {
        let disk = SimulatedDisk(seed: 1)
        try disk.createDirectory("/d")
        return disk
    }

    private func write(_ bytes: [UInt8], at offset: Int = 0, to file: any WritableFile) throws {
        var done = 0
        while done < bytes.count {
            done += try bytes[done...].withUnsafeBytes { raw throws(TableError) in
                try file.write(raw, at: offset + done)
            }
        }
    }

    /// A file whose bytes and name are durable.
    private func durable(_ path: String, _ bytes: [UInt8], _ disk: SimulatedDisk) throws {
        let file = try disk.open(path, .create)
        try write(bytes, to: file)
        try file.sync()
        try disk.syncDirectory("/d")
    }

    private func crash(_ disk: SimulatedDisk, _ seed: UInt64) {
        disk.crash(seed: seed)
        disk.restart()
    }

    // MARK: Bytes

    @Test(arguments: seeds) func syncedBytesSurviveAPowerCut(seed: UInt64) throws {
        let disk = try disk()
        try durable("/d/a", [1, 2, 3], disk)
        let file = try disk.open("/d/a", .existing)
        try write([9, 9], at: 3, to: file)
        crash(disk, seed)
        #expect(disk.bytes(of: "/d/a")?.prefix(3) == [1, 2, 3])
    }

    @Test func unsyncedBytesSurviveTornZeroedOrNotAtAll() throws {
        var outcomes: Set<[UInt8]> = []
        for seed in 1...400 as ClosedRange<UInt64> {
            let disk = try disk()
            try durable("/d/a", [], disk)
            let file = try disk.open("/d/a", .existing)
            try write([1, 2], at: 0, to: file)
            try write([3, 4], at: 2, to: file)
            crash(disk, seed)
            outcomes.insert(try #require(disk.bytes(of: "/d/a")))
        }
        // All, nothing, a prefix, a torn write, a hole where the first was lost, zeros in place of bytes.
        let expected: [[UInt8]] = [[1, 2, 3, 4], [], [1, 2], [1], [0, 0, 3, 4], [0, 0]]
        for bytes in expected { #expect(outcomes.contains(bytes), "\(bytes)") }
        for bytes in outcomes {
            #expect(bytes.count <= 4 && zip(bytes, [1, 2, 3, 4]).allSatisfy { $0 == 0 || $0 == $1 })
        }
    }

    @Test func aLongWriteTearsAtSectors() throws {
        var holes = 0
        for seed in 1...200 as ClosedRange<UInt64> {
            let disk = try disk()
            try durable("/d/a", [UInt8](repeating: 1, count: 2_048), disk)
            try write([UInt8](repeating: 2, count: 2_048), to: try disk.open("/d/a", .existing))
            crash(disk, seed)
            let bytes = try #require(disk.bytes(of: "/d/a"))
            let sectors = stride(from: 0, to: 2_048, by: 512).map { Set(bytes[$0..<$0 + 512]) }
            if Set(sectors).isSuperset(of: [[1], [2]]), sectors.allSatisfy({ $0.count == 1 }) { holes += 1 }
        }
        #expect(holes > 0)
    }

    @Test func aProcessKillLosesNothing() throws {
        let disk = try disk()
        try write([1, 2, 3], to: try disk.open("/d/a", .create))
        disk.kill()
        disk.restart()
        #expect(disk.bytes(of: "/d/a") == [1, 2, 3])
        // It is still not durable.
        let lost = (1...40 as ClosedRange<UInt64>).contains { seed in
            let copy = disk.copy(seed: 1)
            copy.crash(seed: seed)
            return copy.bytes(of: "/d/a") != [1, 2, 3]
        }
        #expect(lost)
    }

    @Test func afterAFailedSyncBytesAreShownButASecondSyncDoesNotSaveThem() throws {
        var losses = 0
        for seed in 1...60 as ClosedRange<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            try disk.createDirectory("/d")
            try durable("/d/a", [], disk)
            let file = try disk.open("/d/a", .existing)
            try write([1, 2, 3], to: file)
            disk.failCall(1, with: .io)
            #expect(throws: TableError.self) { try file.sync() }
            #expect(disk.bytes(of: "/d/a") == [1, 2, 3])
            try file.sync()
            crash(disk, seed)
            if disk.bytes(of: "/d/a") != [1, 2, 3] { losses += 1 }
        }
        #expect(losses > 0)
    }

    @Test func bytesWrittenAnewAfterAFailedSyncAreDurableOnceSynced() throws {
        for seed in Self.seeds {
            let disk = try disk()
            try durable("/d/a", [], disk)
            let file = try disk.open("/d/a", .existing)
            try write([1, 2, 3], to: file)
            disk.failCall(1, with: .io)
            #expect(throws: TableError.self) { try file.sync() }
            try write([1, 2, 3], to: file)
            try file.sync()
            crash(disk, seed)
            #expect(disk.bytes(of: "/d/a") == [1, 2, 3])
        }
    }

    @Test func anUnsyncedCutMayComeBack() throws {
        var lengths: Set<Int> = []
        for seed in Self.seeds {
            let disk = try disk()
            try durable("/d/a", [1, 2, 3, 4], disk)
            try disk.open("/d/a", .existing).truncate(to: 1)
            crash(disk, seed)
            lengths.insert(try #require(disk.bytes(of: "/d/a")).count)
        }
        #expect(lengths == [1, 4])
    }

    @Test func wrongBitsStayUntilTheFileIsRestored() throws {
        let disk = try disk()
        try durable("/d/a", [1, 2, 3], disk)
        disk.flip("/d/a", offset: 1, mask: 0x80)
        #expect(try disk.map("/d/a").map { Array($0.bytes) } == [1, 0x82, 3])
        crash(disk, 1)
        #expect(disk.bytes(of: "/d/a") == [1, 0x82, 3])
        disk.heal()
        #expect(disk.bytes(of: "/d/a") == [1, 2, 3])
        disk.faults.flipOneIn = 1
        disk.faults.flipSuffix = "a"
        #expect(try disk.map("/d/a").map { Array($0.bytes) } != [1, 2, 3])
        disk.faults = DiskFaults()
        #expect(try disk.map("/d/a").map { Array($0.bytes) } == [1, 2, 3])
    }
}
