import Columnar
import Store
import TestSupport

/// How a run ends a store, and begins it again.
extension TortureRun {
    /// Openings that may be interrupted before one is let through.
    private static let interruptedOpeningsMax = 3

    /// Ends the process as it is, by chance with the power, and opens the store again.
    func recover(losesPower: Bool? = nil) throws {
        held.removeAll()
        try end(losesPower: losesPower ?? generator.oneIn(2))
        for _ in 0..<Self.interruptedOpeningsMax where generator.oneIn(4) {
            try interruptOpening()
        }
        try reopenHealthy()
        if generator.oneIn(4) { try openTwice() }
        try createTables()
        changeFaults()
    }

    private func end(losesPower: Bool) throws {
        harness.disk.cancelPlan()
        if losesPower {
            let seed = generator.next()
            note("power cut")
            try harness.cutPower(seed: seed)
        } else {
            note("kill")
            try harness.kill()
        }
    }

    /// Opens the store with a fault in the middle: an error, a full disk or a crash.
    private func interruptOpening() throws {
        let failure = generator.pick(DiskFailure.allCases)
        let call = generator.int(1...25)
        harness.disk.faults = DiskFaults()
        harness.disk.failCall(call, with: failure)
        do {
            try harness.open()
            note("opened before \(failure) at call \(call)")
        } catch let error as TableError {
            note("opening failed, \(failure) at call \(call): \(error.message)")
        }
        try end(losesPower: generator.oneIn(2))
    }

    /// Opens the store without faults; it must open.
    func reopenHealthy() throws {
        harness.disk.cancelPlan()
        harness.disk.faults = DiskFaults()
        do {
            try harness.open()
        } catch let error as TableError {
            throw ModelViolation("the store does not open: \(error.code), \(error.message)")
        }
        note("open: \(harness.live.batches.count) batches, \(String(describing: harness.store?.recovery))")
    }

    /// A second recovery finds what the first one did, and nothing to mend.
    private func openTwice() throws {
        try harness.kill()
        try reopenHealthy()
        guard harness.store?.recovery.truncatedBytes == 0 else {
            throw ModelViolation("a second recovery cut bytes off: \(String(describing: harness.store?.recovery))")
        }
    }

    /// Closes in good order and opens again.
    func reopen() throws {
        let flushes = generator.oneIn(2)
        try harness.close(flush: flushes)
        note("close, flush \(flushes)")
        if harness.disk.isDown { return try recover() }
        harness.disk.cancelPlan()
        try recheckHeld()
        held.removeAll()
        try reopenHealthy()
        changeFaults()
    }

    // MARK: Backup

    func backup() throws {
        guard backups.count < 2 else { return }
        let path = "/backup\(backups.count)-\(generator.int(0...1_000_000))"
        let isDone = try harness.backup(to: path)
        note("backup to \(path): \(isDone)")
        guard isDone else { return }
        backups.append((path, harness.live))
        let faults = harness.disk.faults
        harness.disk.faults = DiskFaults()
        let planned = harness.disk.cancelPlan()
        try harness.checkBackup(path, harness.live)
        harness.disk.faults = faults
        if planned { harness.disk.crashAt(call: generator.int(1...10)) }
    }

    // MARK: Damage

    /// Turns bits over in segments: reads give the right rows or say which file is damaged. Restored, all is as before.
    func damage() throws {
        harness.disk.cancelPlan()
        harness.disk.faults = DiskFaults()
        let paths = harness.disk.files.filter { $0.key.hasPrefix("/data/") && $0.key.hasSuffix(".seg") && $0.value > 0 }
        guard !paths.isEmpty else { return }
        if generator.oneIn(3) {
            harness.disk.faults.flipOneIn = generator.pick([1, 3, 10])
            note("reads of segments show wrong bits")
        } else {
            for _ in 0..<generator.int(1...3) {
                let (path, length) = generator.pick(paths.sorted { $0.key < $1.key })
                let offset = generator.int(0...length - 1)
                harness.disk.flip(path, offset: offset, mask: 1 << UInt8(generator.int(0...7)))
                note("damage \(path) at \(offset) of \(length)")
            }
        }
        note("\(try harness.checkDamaged()) series cannot be read")
        if generator.oneIn(2), harness.disk.faults.flipOneIn == 0 {
            // Nothing was read yet after opening: other paths find the damage.
            try harness.close(flush: false)
            held.removeAll()
            try harness.openDamaged()
            note("opened again: \(try harness.checkDamaged()) series cannot be read")
        }
        harness.disk.faults = DiskFaults()
        harness.disk.heal()
        try harness.close(flush: generator.oneIn(2))
        held.removeAll()
        try reopenHealthy()
        changeFaults()
    }
}
