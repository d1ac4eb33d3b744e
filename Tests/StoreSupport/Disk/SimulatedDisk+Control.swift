import TestSupport

extension DiskState {
    /// A new process on the same bytes.
    mutating func restart(seed: UInt64) {
        epoch += 1
        isDown = false
        locks.removeAll()
        faults = DiskFaults()
        plan = nil
        generator = SeededGenerator(seed: seed)
    }
}

/// What a test does to a disk behind the back of those who use it.
extension SimulatedDisk {
    /// Faults that come at random from now on.
    public var faults: DiskFaults {
        get { withState { $0.faults } }
        set { withState { $0.faults = newValue } }
    }

    /// Calls and faults so far.
    public var counters: DiskCounters { withState { $0.counters } }

    /// Whether power or process is gone.
    public var isDown: Bool { withState { $0.isDown } }

    /// Fails the n-th call from now, 1 for the next.
    public func failCall(_ n: Int, with failure: DiskFailure) {
        precondition(n >= 1, "calls are counted from 1")
        withState { $0.plan = (n, failure) }
    }

    /// Stops the machine at the n-th call from now: it and every later one fail. ``crash(seed:)`` or ``kill()`` then
    /// decides whether power was lost.
    public func crashAt(call n: Int) { failCall(n, with: .crash) }

    /// Takes a planned failure back. Whether it was still to come.
    @discardableResult
    public func cancelPlan() -> Bool {
        withState { state in
            defer { state.plan = nil }
            return state.plan != nil
        }
    }

    /// Cuts the power: each unsynced write is kept, torn, zeroed or lost, unsynced names are kept or lost.
    public func crash(seed: UInt64) {
        withState { state in
            var loss = PowerLoss(seed: seed)
            loss.apply(to: &state)
            state.isDown = true
            state.epoch += 1
            state.locks.removeAll()
            state.plan = nil
        }
    }

    /// Ends the process: what was written stays as it is, synced or not.
    public func kill() {
        withState { state in
            state.isDown = true
            state.epoch += 1
            state.locks.removeAll()
            state.plan = nil
        }
    }

    /// Lets the disk be used again after ``crash(seed:)`` or ``kill()``. Handles from before stay dead.
    public func restart() { withState { $0.isDown = false } }

    /// Files with their lengths, by path. Not counted as a call.
    public var files: [String: Int] {
        withState { state in state.names.files.mapValues { state.inodes[$0]?.current.count ?? 0 } }
    }

    /// The bytes of a file as a read would show them; nil if there is none.
    public func bytes(of path: String) -> [UInt8]? {
        withState { state in
            guard case .file(let inode) = state.names.node(path) else { return nil }
            return state.inodes[inode]?.current
        }
    }

    /// Turns bits of a byte over, on the platter, until ``heal()``.
    public func flip(_ path: String, offset: Int, mask: UInt8) {
        withState { state in
            guard case .file(let inode) = state.names.node(path) else { return }
            state.flip(inode, offset, mask)
            state.flips.append((inode, offset, mask))
            state.counters.faults += 1
        }
    }

    /// Turns the bits back that ``flip(_:offset:mask:)`` turned over, as restoring the files would.
    public func heal() {
        withState { state in
            for flip in state.flips { state.flip(flip.inode, flip.offset, flip.mask) }
            state.flips.removeAll()
        }
    }
}

extension DiskState {
    fileprivate mutating func flip(_ inode: Int, _ offset: Int, _ mask: UInt8) {
        guard var file = inodes[inode] else { return }
        if offset < file.current.count { file.current[offset] ^= mask }
        if offset < file.durable.count { file.durable[offset] ^= mask }
        inodes[inode] = file
    }
}
