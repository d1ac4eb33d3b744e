import Columnar
import Store
import TestSupport

/// A file of a simulated disk that is open for writing.
final class SimulatedWritableFile: WritableFile {
    private let disk: SimulatedDisk
    private let inode: Int
    private let path: String
    private let epoch: Int

    init(disk: SimulatedDisk, inode: Int, path: String, epoch: Int) {
        self.disk = disk
        self.inode = inode
        self.path = path
        self.epoch = epoch
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(TableError) -> Int {
        try disk.withState { state throws(TableError) in
            let wasAlive = !state.isDown && epoch == state.epoch
            let verdict = state.begin(.write, path, epoch: epoch)
            if case .fail(let error) = verdict {
                // Some of the bytes may be there.
                if error.code == .io, wasAlive {
                    put(bytes, state.generator.int(0...bytes.count), at: offset, &state)
                }
                throw error
            }
            var count = state.room(inode, offset: offset, count: bytes.count)
            if count == 0, bytes.count > 0 {
                state.counters.faults += 1
                throw TableError(.diskFull, "injected: write \(path): no room")
            }
            if count > 1, state.faults.shortWriteOneIn > 0, state.generator.oneIn(state.faults.shortWriteOneIn) {
                count = state.generator.int(1...count - 1)
            }
            put(bytes, count, at: offset, &state)
            if case .proceedAndDie = verdict { throw DiskState.down(path) }
            return count
        }
    }

    private func put(_ bytes: UnsafeRawBufferPointer, _ count: Int, at offset: Int, _ state: inout DiskState) {
        guard count > 0, !state.isFull || state.room(inode, offset: offset, count: count) == count else { return }
        state.change(inode, .write(offset: offset, bytes: Array(bytes.prefix(count))))
    }

    func truncate(to length: Int) throws(TableError) {
        try disk.perform(.truncate, path, epoch: epoch) { state throws(TableError) in
            state.change(self.inode, .truncate(length: length))
        }
    }

    func sync() throws(TableError) {
        try disk.withState { state throws(TableError) in
            switch state.begin(.sync, path, epoch: epoch) {
            case .proceed: state.inodes[inode]?.sync()
            case .proceedAndDie:
                state.inodes[inode]?.sync()
                throw DiskState.down(path)
            case .fail(let error):
                if !state.isDown, epoch == state.epoch {
                    state.counters.failedSyncs += 1
                    state.losePages(inode)
                }
                throw error
            }
        }
    }
}

/// A file of a simulated disk that is open for reading.
final class SimulatedReadableFile: ReadableFile {
    let byteCount: Int
    private let disk: SimulatedDisk
    private let inode: Int
    private let path: String
    private let epoch: Int

    init(disk: SimulatedDisk, inode: Int, byteCount: Int, path: String, epoch: Int) {
        self.disk = disk
        self.inode = inode
        self.byteCount = byteCount
        self.path = path
        self.epoch = epoch
    }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(TableError) {
        guard !target.isEmpty else { return }
        try disk.perform(.read, path, epoch: epoch) { state throws(TableError) in
            guard let bytes = state.inodes[self.inode]?.current, offset >= 0, offset + target.count <= bytes.count
            else {
                throw TableError(.io, "read \(self.path): it ends before offset \(offset + target.count)")
            }
            bytes.withUnsafeBytes { target.copyMemory(from: .init(rebasing: $0[offset..<offset + target.count])) }
            state.flipOneBit(of: target, path: self.path)
        }
    }
}

/// A claim on a directory.
final class SimulatedLock: DirectoryLock {
    private let disk: SimulatedDisk
    private let directory: String
    private let number: Int

    init(disk: SimulatedDisk, directory: String, number: Int) {
        self.disk = disk
        self.directory = directory
        self.number = number
    }

    deinit { release() }

    func release() {
        disk.withState { state in
            if state.locks[directory] == number { state.locks[directory] = nil }
        }
    }
}

extension DiskState {
    /// Shows one bit wrong, at the rate of ``DiskFaults/flipOneIn``.
    mutating func flipOneBit(of target: UnsafeMutableRawBufferPointer, path: String) {
        guard faults.flipOneIn > 0, path.hasSuffix(faults.flipSuffix), !target.isEmpty,
            generator.oneIn(faults.flipOneIn)
        else { return }
        counters.faults += 1
        target[generator.int(0...target.count - 1)] ^= 1 << UInt8(generator.int(0...7))
    }
}
