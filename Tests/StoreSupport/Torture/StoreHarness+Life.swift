import Columnar
import Store

/// Opening, closing, and what a process kill or a power cut leaves.
extension StoreHarness {
    /// Opens the store and finds out, and checks, what it holds: everything acknowledged, a prefix of the rest.
    ///
    /// Throws what opening throws; then all is as before.
    public func open() throws {
        precondition(store == nil, "it is open")
        countersAtOpen = disk.counters
        let clock = now
        let stepper = StoreStepper(clock: { clock.value })
        let opened: Store
        do throws(TableError) {
            opened = try Store.open(directory: directory, options: options, fileSystem: disk, stepper: stepper)
        } catch {
            guard error.code == .io || error.code == .diskFull else {
                throw ModelViolation("the store does not open: \(error.code), \(error.message)")
            }
            try expectReason(for: error, of: "opening")
            throw error
        }
        self.store = opened
        self.stepper = stepper
        lastLSN = 0
        try resolve(opened)
        powerWasCut = false
        try checkFiles(opened)
    }

    /// Closes the store in good order.
    public func close(flush: Bool) throws {
        guard let store else { return }
        store.close(flush: flush)
        try settle()
        guard queued.isEmpty else { throw ModelViolation("closing left \(queued.count) batches without an answer") }
        let isHealthy = !disk.isDown && store.statistics.readOnlyReason == nil
        if isHealthy { becomeDurable() }
        self.store = nil
        self.stepper = nil
    }

    /// Kills the process: what was written stays.
    public func kill() throws {
        try end { $0.kill() }
    }

    /// Cuts the power: what was not synced is at risk.
    public func cutPower(seed: UInt64) throws {
        try end { $0.crash(seed: seed) }
        powerWasCut = true
    }

    private func end(_ stop: (SimulatedDisk) -> Void) throws {
        try settle()
        stop(disk)
        for batch in queued { tail.append(Logged(change: .batch(batch.batch), isAcknowledged: false)) }
        queued.removeAll()
        // Threads must be gone before the disk comes back; every call of theirs fails now.
        if stepper == nil { store?.close(flush: false) }
        store = nil
        stepper = nil
        disk.restart()
    }

    /// Finds the prefix of the tail that the store holds; every row must be as that prefix says.
    private func resolve(_ store: Store) throws {
        let snapshot = store.snapshot()
        let present = try ledger(snapshot)
        let kept = powerWasCut ? 0 : tail.lastIndex { $0.isAcknowledged }.map { $0 + 1 } ?? 0
        var model = durable
        var failure: ModelViolation?
        for count in 0...tail.count {
            if count > 0 { model.apply(tail[count - 1].change) }
            guard count >= kept, model.batches == present else { continue }
            do {
                try check(snapshot, store, model)
                live = model
                becomeDurable()
                return
            } catch let violation as ModelViolation {
                failure = violation
            }
        }
        throw failure ?? explanation(present: present, kept: kept)
    }

    private func ledger(_ snapshot: any TableSnapshot) throws -> Set<Int64> {
        guard snapshot.catalog.schema(named: StoreModel.ledger.name) != nil else { return [] }
        let request = ScanRequest(table: StoreModel.ledger.name, columns: [0, 1])
        let rows = try SnapshotReader(snapshot).rows(request)[""] ?? []
        let ids = rows.compactMap { if case .int64(let id) = $0[1] { id } else { nil } }
        guard Set(ids).count == rows.count else { throw ModelViolation("batches are there twice: \(ids)") }
        return Set(ids)
    }

    private func explanation(present: Set<Int64>, kept: Int) -> ModelViolation {
        let lost = durable.batches.subtracting(present).sorted()
        if !lost.isEmpty { return ModelViolation("durable batches are lost: \(lost)") }
        var all = durable
        for logged in tail { all.apply(logged.change) }
        let strange = present.subtracting(all.batches).sorted()
        if !strange.isEmpty { return ModelViolation("batches are there that were refused: \(strange)") }
        let order = tail.map { logged in
            guard case .batch(let batch) = logged.change else { return "\(logged.change)" }
            let state = present.contains(batch.id) ? "there" : "gone"
            return "\(batch.id) \(logged.isAcknowledged ? "acknowledged" : "open") \(state)"
        }
        return ModelViolation("no prefix, or not the \(kept) that must be there: \(order.joined(separator: ", "))")
    }
}

extension StoreHarness {
    /// Opens a store that was closed in good order and whose segments are damaged; the model stays as it is.
    public func openDamaged() throws {
        precondition(store == nil && tail.isEmpty, "it was closed in good order")
        countersAtOpen = disk.counters
        let clock = now
        let stepper = StoreStepper(clock: { clock.value })
        do throws(TableError) {
            store = try Store.open(directory: directory, options: options, fileSystem: disk, stepper: stepper)
        } catch {
            throw ModelViolation("damaged segments keep the store from opening: \(error.message)")
        }
        self.stepper = stepper
        lastLSN = 0
    }
}
