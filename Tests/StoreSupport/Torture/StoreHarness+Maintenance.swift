import Columnar
import Store

/// Calls that change how rows lie, not which there are.
extension StoreHarness {
    /// Whether it succeeded; a failure must have a reason.
    @discardableResult
    public func flush() throws -> Bool {
        try maintain("flush") { store throws(TableError) in try store.flush() }
    }

    /// See ``flush()``.
    @discardableResult
    public func compact() throws -> Bool {
        try maintain("compact") { store throws(TableError) in try store.compact() }
    }

    /// See ``flush()``.
    @discardableResult
    public func backup(to target: String) throws -> Bool {
        try maintain("backup") { store throws(TableError) in try store.backup(to: target) }
    }

    private func maintain(_ what: String, _ body: (Store) throws(TableError) -> Void) throws -> Bool {
        guard let store else { return false }
        do {
            try body(store)
            try settle()
            becomeDurable()
            return true
        } catch let error as TableError {
            try settle()
            try expectReason(for: error, of: what)
            return false
        }
    }

    /// One step of a store without threads: a group of writes, a flush or a merge.
    public func step(_ choice: Int) throws {
        guard let stepper else { return }
        switch choice % 3 {
        case 0: stepper.commit()
        case 1: stepper.flush()
        default: stepper.compact()
        }
        try settle()
    }

    /// Lets time pass for `interval` durability and retries.
    public func advanceClock(by nanoseconds: UInt64) { now.advance(by: nanoseconds) }

    /// Opens a backup as a data directory of its own and compares it to the state that it was made of.
    public func checkBackup(_ target: String, _ model: StoreModel) throws {
        let clock = now
        let stepper = StoreStepper(clock: { clock.value })
        let copy: Store
        do throws(TableError) {
            copy = try Store.open(directory: target, options: options, fileSystem: disk, stepper: stepper)
        } catch {
            throw ModelViolation("the backup \(target) does not open: \(error.message)")
        }
        defer { copy.close(flush: false) }
        do {
            try check(copy.snapshot(), copy, model)
        } catch let error as TableError {
            throw ModelViolation("the backup \(target) cannot be read: \(error.message)")
        }
    }

    /// Verifies the files of a store that is not open; nothing may be damaged.
    public func verify() throws {
        precondition(store == nil, "verify needs a directory that is not open")
        do {
            let found = try Store.verify(directory: directory, fileSystem: disk)
            guard let damage = found.damages.first else { return }
            throw ModelViolation("verify calls \(damage.file) damaged at \(damage.offset): \(damage.message)")
        } catch let error as TableError {
            throw ModelViolation("verify failed: \(error.message)")
        }
    }
}
