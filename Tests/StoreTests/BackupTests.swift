import Columnar
import Store
import Testing

/// Backups, verification, and repair of what is damaged.
@Suite struct BackupTests {
    private func filled(_ directory: TemporaryDirectory, closes: Bool = true) throws -> Store {
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.createTable(Fixture.bars)
        for day in 0..<3 {
            let start = Int64(day) * CivilTime.day
            try store.append(
                Fixture.ticks("A", times: (0..<2_000).map { start + $0 }),
                Fixture.ticks("B", times: [start])
            )
            try store.append(Fixture.bar("A", time: start, close: Double(day)))
        }
        try store.flush()
        try store.append(Fixture.ticks("C", times: [1, 2, 3]), durability: .sync)
        if closes { store.close(flush: false) }
        return store
    }

    @Test func aBackupIsTheStoreOfItsMomentAndOutlivesItsSource() throws {
        let directory = TemporaryDirectory()
        let store = try filled(directory, closes: false)
        let backup = TemporaryDirectory()
        let target = backup.file("b")
        let rows = try store.rows("ticks")
        try store.backup(to: target)
        #expect(throws: TableError.self, "a backup does not overwrite") { try store.backup(to: target) }
        try store.append(Fixture.ticks("D", times: [1]))
        try store.dropTable("ticks")
        store.close()
        #expect(try Store.verify(directory: target).damages.isEmpty)
        let restored = backup.file("r")
        try Store.restore(backup: target, to: restored)
        for path in [target, restored] {
            let copy = try Store.open(directory: path)
            #expect(try copy.rows("ticks") == rows)
            try copy.append(Fixture.ticks("E", times: [9]))
            copy.close()
        }
        #expect(throws: TableError.self) { try Store.restore(backup: target, to: restored) }
    }

    @Test func backupsAreTakenWhileWritersWrite() throws {
        let directory = TemporaryDirectory()
        let store = try filled(directory, closes: false)
        let backups = TemporaryDirectory()
        for round in 0..<5 {
            for time in 0..<20 {
                store.append(
                    AppendBatch(groups: [Fixture.ticks("W", times: [Int64(round * 20 + time)])]),
                    durability: .interval
                ) { _ in }
            }
            try store.backup(to: backups.file("\(round)"))
        }
        store.close()
        for round in 0..<5 {
            let copy = try Store.open(directory: backups.file("\(round)"))
            let count = try copy.rows("ticks")["W"]?.count ?? 0
            #expect(count >= (round + 1) * 20, "what was queued before is there")
            copy.close()
        }
    }

    @Test func verificationFindsEveryFlippedByteThatMatters() throws {
        let directory = TemporaryDirectory()
        _ = try filled(directory)
        let clean = try Store.verify(directory: directory.path)
        #expect(clean.damages.isEmpty)
        #expect(clean.walRows == 3)
        #expect(clean.segmentRows == 6_006)
        let segment = try #require(directory.segments().sorted().first)
        var bytes = try directory.read(segment)
        for offset in stride(from: 3, to: bytes.count, by: max(bytes.count / 40, 1)) {
            bytes[offset] ^= 0x10
            try directory.write(bytes, to: segment)
            let found = try Store.verify(directory: directory.path).damages
            bytes[offset] ^= 0x10
            // Padding between chunks belongs to nothing.
            if found.isEmpty { continue }
            #expect(found.count == 1)
            #expect(found[0].file.hasSuffix(segment))
        }
        try directory.write(bytes, to: segment)
        #expect(try Store.verify(directory: directory.path).damages.isEmpty)
        #expect(throws: TableError.self) { try Store.verify(directory: TemporaryDirectory().path) }
    }

    @Test func repairChangesNothingThatIsWhole() throws {
        let directory = TemporaryDirectory()
        _ = try filled(directory)
        let report = try Store.repair(directory: directory.path)
        #expect(report.actions.isEmpty)
        #expect(report.quarantined.isEmpty)
    }

    @Test func aDamagedSegmentGivesUpOnlyWhatCannotBeRead() throws {
        let directory = TemporaryDirectory()
        _ = try filled(directory)
        let segment = try #require(directory.segments().sorted().first { $0.contains("ticks") })
        var bytes = try directory.read(segment)
        bytes[40] ^= 0x10
        try directory.write(bytes, to: segment)
        let report = try Store.repair(directory: directory.path)
        #expect(report.quarantined.count == 1)
        #expect(report.actions.count == 1)
        #expect(try Store.verify(directory: directory.path).damages.isEmpty)
        let store = try Store.open(directory: directory.path)
        let rows = try store.rows("ticks")
        #expect(rows["C"]?.count == 3)
        #expect(
            (rows["A"]?.count ?? 0) + (rows["B"]?.count ?? 0) >= 4_002,
            "the other two days, and what could be saved"
        )
        store.close()
    }

    @Test func aLostManifestIsMadeAgainOutOfSegments() throws {
        for flips in [true, false] {
            let directory = TemporaryDirectory()
            _ = try filled(directory)
            let before = try Store.open(directory: directory.path)
            let rows = try before.rows("ticks")
            before.close(flush: false)
            if flips {
                var bytes = try directory.read("MANIFEST")
                bytes[30] ^= 1
                try directory.write(bytes, to: "MANIFEST")
                #expect(throws: TableError.self) { try Store.open(directory: directory.path) }
            } else {
                try directory.remove("MANIFEST")
            }
            #expect(try !Store.repair(directory: directory.path).actions.isEmpty)
            let store = try Store.open(directory: directory.path)
            #expect(try store.rows("ticks") == rows)
            #expect(try store.rows("1Min/OHLCV")["A"]?.count == 3)
            store.close()
        }
    }

    @Test func aDamagedRecordOfTheWALIsTheOnlyOneLost() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        for time in 0..<50 { try store.append(Fixture.ticks("A", times: [Int64(time)]), durability: .sync) }
        store.close(flush: false)
        let wal = try #require(try directory.walFiles().first)
        let whole = try directory.read(wal)
        for offset in stride(from: 0, to: whole.count - 400, by: 97) {
            var bytes = whole
            bytes[offset] ^= 0x40
            let copy = try directory.copy()
            try copy.write(bytes, to: wal)
            let report = try Store.repair(directory: copy.path)
            let reopened = try Store.open(directory: copy.path)
            let isTableLost = reopened.catalog.schema(named: "ticks") == nil
            let rows = isTableLost ? 0 : try reopened.rows("ticks")["A"]?.count ?? 0
            // The header, the start, the table and the first row name what others need.
            if offset >= 1_000 {
                #expect(rows >= 48, "flip at \(offset): \(report.actions)")
                #expect(!report.actions.isEmpty || rows == 50)
            }
            reopened.close()
        }
    }
}
