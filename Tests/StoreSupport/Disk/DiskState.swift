import Columnar
import TestSupport

/// All of a simulated disk. A value: a copy is a second disk with the same bytes.
struct DiskState: Sendable {
    /// What a call may do.
    enum Verdict {
        case proceed
        /// The machine stops during the call, after it had its effect.
        case proceedAndDie
        case fail(TableError)
    }

    var inodes: [Int: SimulatedInode] = [:]
    var names = NameTree()
    var durableNames = NameTree()
    /// Changes of names that are not durable, oldest first.
    var pendingNames: [NameChange] = []
    var generator: SeededGenerator
    var faults = DiskFaults()
    var counters = DiskCounters()
    /// Calls until one fails, and how.
    var plan: (calls: Int, failure: DiskFailure)?
    /// Handles of another epoch are dead.
    var epoch = 0
    var isDown = false
    /// Directories that are locked, with the number of the lock.
    var locks: [String: Int] = [:]
    /// Bits that are wrong on the platter.
    var flips: [(inode: Int, offset: Int, mask: UInt8)] = []
    /// Bytes of all files that have a name.
    private(set) var usedBytes = 0
    private var nextInode = 1

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    static func down(_ path: String) -> TableError { TableError(.io, "\(path): the machine is down") }

    /// Counts a call and decides its fate.
    mutating func begin(_ call: DiskCall, _ path: String, epoch caller: Int? = nil) -> Verdict {
        counters.total += 1
        counters.calls[call, default: 0] += 1
        if isDown || caller.map({ $0 != epoch }) ?? false { return .fail(Self.down(path)) }
        if var next = plan {
            next.calls -= 1
            plan = next.calls > 0 ? next : nil
            if next.calls == 0, let verdict = carryOut(next.failure, call, path) { return verdict }
        }
        if let rate = faults.errorOneIn[call], rate > 0, generator.oneIn(rate) { return injected(.io, call, path) }
        return .proceed
    }

    private mutating func carryOut(_ failure: DiskFailure, _ call: DiskCall, _ path: String) -> Verdict? {
        switch failure {
        case .io: return injected(.io, call, path)
        case .diskFull: return call.canFindDiskFull ? injected(.diskFull, call, path) : nil
        case .crash:
            isDown = true
            counters.faults += 1
            return generator.oneIn(2) ? .proceedAndDie : .fail(Self.down(path))
        }
    }

    mutating func injected(_ code: TableError.Code, _ call: DiskCall, _ path: String) -> Verdict {
        counters.faults += 1
        return .fail(TableError(code, "injected: \(call) \(path)"))
    }

    // MARK: Names

    mutating func change(_ change: NameChange) {
        switch change {
        case .addFile(_, let inode): inodes[inode]?.links += 1
        case .removeFile(let path): unlink(path)
        case .rename(let source, let target, let inode):
            if names.node(target) == .file(inode), source != target { return }
            unlink(target)
        case .addDirectory, .removeDirectory: break
        }
        change.apply(to: &names)
        pendingNames.append(change)
    }

    private mutating func unlink(_ path: String) {
        guard case .file(let inode) = names.node(path) else { return }
        inodes[inode]?.links -= 1
        if let file = inodes[inode], file.links == 0 { usedBytes -= file.current.count }
    }

    /// A new file without a name.
    mutating func addInode() -> Int {
        defer { nextInode += 1 }
        inodes[nextInode] = SimulatedInode()
        return nextInode
    }

    /// Makes the changes to a directory durable, and those that they hang on: a journal commits in order.
    mutating func syncNames(of directory: String) {
        var directories: Set<String> = [directory]
        var isDurable = [Bool](repeating: false, count: pendingNames.count)
        for index in pendingNames.indices.reversed() {
            let touched = pendingNames[index].directories
            guard touched.contains(where: directories.contains) else { continue }
            isDurable[index] = true
            directories.formUnion(touched)
        }
        for (index, change) in pendingNames.enumerated() where isDurable[index] { change.apply(to: &durableNames) }
        var index = -1
        pendingNames.removeAll { _ in
            index += 1
            return isDurable[index]
        }
    }

    // MARK: Bytes

    mutating func change(_ inode: Int, _ change: SimulatedInode.Change) {
        let before = inodes[inode]?.current.count ?? 0
        inodes[inode]?.change(change)
        guard let file = inodes[inode], file.links > 0 else { return }
        usedBytes += file.current.count - before
    }

    /// How many of `count` bytes fit at an offset of a file.
    func room(_ inode: Int, offset: Int, count: Int) -> Int {
        guard let capacity = faults.capacity, let file = inodes[inode] else { return count }
        let growth = max(0, offset + count - file.current.count)
        return max(0, count - max(0, growth - max(0, capacity - usedBytes)))
    }

    var isFull: Bool { faults.capacity.map { usedBytes >= $0 } ?? false }

    /// A failed sync: some of what was pending is durable, the rest never will be, though it is still shown.
    mutating func losePages(_ inode: Int) {
        guard var file = inodes[inode] else { return }
        let keepsAll = generator.oneIn(4)
        for change in file.pending where keepsAll || generator.oneIn(2) { change.apply(to: &file.durable) }
        file.pending.removeAll()
        inodes[inode] = file
    }

    /// Puts a new state in place after power was lost.
    mutating func replace(names: NameTree, inodes: [Int: SimulatedInode]) {
        self.names = names
        self.durableNames = names
        self.inodes = inodes
        pendingNames.removeAll()
        usedBytes = inodes.values.reduce(0) { $0 + $1.current.count }
    }
}
