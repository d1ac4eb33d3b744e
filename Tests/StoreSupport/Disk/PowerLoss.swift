import TestSupport

/// What is left of a disk when the power goes: one of the states that the missing syncs allow.
struct PowerLoss {
    /// How much of what was pending reached the platter.
    private enum Survival: CaseIterable {
        case all
        case nothing
        /// What came first.
        case prefix
        /// Any part, in any order that a journal allows for names, in any order at all for bytes.
        case random
    }

    private static let sectorBytes = 512
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func apply(to disk: inout DiskState) {
        let names = survivingNames(disk)
        var inodes: [Int: SimulatedInode] = [:]
        let survival = generator.pick(Survival.allCases)
        for (_, number) in names.files.sorted(by: { $0.key < $1.key }) {
            if inodes[number] != nil {
                inodes[number]?.links += 1
            } else if let file = disk.inodes[number] {
                let bytes = survivingBytes(file, survival)
                inodes[number] = SimulatedInode(current: bytes, durable: bytes, pending: [], links: 1)
            }
        }
        disk.replace(names: names, inodes: inodes)
    }

    /// Each directory keeps a prefix of its changes; a change of two directories is kept or lost in both.
    private mutating func survivingNames(_ disk: DiskState) -> NameTree {
        var tree = disk.durableNames
        let survival = generator.pick(Survival.allCases)
        let prefix = generator.int(0...disk.pendingNames.count)
        var cut: Set<String> = []
        for (index, change) in disk.pendingNames.enumerated() {
            let touched = change.directories
            let isLost =
                switch survival {
                case .all: false
                case .nothing: true
                case .prefix: index >= prefix
                case .random: touched.contains(where: cut.contains) || generator.oneIn(4)
                }
            if isLost { cut.formUnion(touched) } else { change.apply(to: &tree) }
        }
        return tree
    }

    private mutating func survivingBytes(_ file: SimulatedInode, _ survival: Survival) -> [UInt8] {
        var bytes = file.durable
        let prefix = generator.int(0...file.pending.count)
        for (index, change) in file.pending.enumerated() {
            switch survival {
            case .all: change.apply(to: &bytes)
            case .nothing: return bytes
            case .prefix:
                if index < prefix { change.apply(to: &bytes) }
                if index == prefix { tear(change, &bytes) }
            case .random:
                // A lost emptying loses all after it: new bytes would lie in new blocks, which nothing points at.
                if case .truncate(0) = change, generator.oneIn(3) { return bytes }
                keepSome(of: change, &bytes)
            }
        }
        if survival == .random { changeLength(of: file, &bytes) }
        return bytes
    }

    private mutating func keepSome(of change: SimulatedInode.Change, _ bytes: inout [UInt8]) {
        switch generator.int(0...4) {
        case 0, 1: change.apply(to: &bytes)
        case 2: break
        case 3:
            guard case .write(let offset, let written) = change else { return change.apply(to: &bytes) }
            let zeros = [UInt8](repeating: 0, count: written.count)
            SimulatedInode.Change.write(offset: offset, bytes: zeros).apply(to: &bytes)
        default: tear(change, &bytes)
        }
    }

    /// Keeps the first bytes of a write, or some of its sectors.
    private mutating func tear(_ change: SimulatedInode.Change, _ bytes: inout [UInt8]) {
        guard case .write(let offset, let written) = change else { return }
        if generator.oneIn(2) {
            let kept = Array(written[..<generator.int(0...written.count)])
            return SimulatedInode.Change.write(offset: offset, bytes: kept).apply(to: &bytes)
        }
        var start = 0
        while start < written.count {
            let end = min(written.count, ((offset + start) / Self.sectorBytes + 1) * Self.sectorBytes - offset)
            if generator.oneIn(2) {
                let sector = Array(written[start..<end])
                SimulatedInode.Change.write(offset: offset + start, bytes: sector).apply(to: &bytes)
            }
            start = end
        }
    }

    /// The length of a file is written apart from its bytes: either may be there without the other.
    private mutating func changeLength(of file: SimulatedInode, _ bytes: inout [UInt8]) {
        switch generator.int(0...3) {
        case 0 where bytes.count < file.current.count:
            SimulatedInode.Change.truncate(length: file.current.count).apply(to: &bytes)
        case 1 where bytes.count > file.durable.count:
            SimulatedInode.Change.truncate(length: file.durable.count).apply(to: &bytes)
        default: break
        }
    }
}
