import Glibc
import Synchronization

/// What the machine does by itself, to read every other figure by.
struct MachineLimits {
    /// memcpy over blocks far larger than the caches, bytes copied, by number of threads; GB/s.
    var copy: [Int: Double] = [:]
    /// Adding up 64-bit integers of such blocks, by number of threads; GB/s.
    var read: [Int: Double] = [:]
    /// How often a second 4 KiB can be appended and be on the disk.
    var syncs: Double
    /// Writing a file of many pages and syncing it; GB/s.
    var write: Double

    private let directory: String

    /// Measures it all.
    init(directory: String, sizes: Sizes) throws {
        self.directory = directory
        syncs = Self.syncRate(directory, seconds: sizes.seconds / 3)
        write = Self.writeRate(directory, byteCount: sizes.isSmoke ? 16 << 20 : 1 << 30)
        for threads in [1, 2] {
            let blockBytes = sizes.isSmoke ? 32 << 20 : 256 << 20
            copy[threads] = try Self.blockRate(threads, blockBytes, sizes.repeats) { source, target, count in
                memcpy(target, source, count)
            }
            read[threads] = try Self.blockRate(threads, blockBytes, sizes.repeats) { source, target, count in
                target.storeBytes(of: Self.sum(source, count), as: UInt64.self)
            }
        }
    }

    /// The syncs of the same disk now.
    func syncsNow(seconds: Double) -> Double { Self.syncRate(directory, seconds: seconds) }

    /// Prints them.
    func tell(_ report: Report) {
        for threads in [1, 2] {
            report.add("machine: memcpy, \(plural(threads, "thread"))", copy[threads] ?? .nan, "GB/s")
            report.add("machine: read and add, \(plural(threads, "thread"))", read[threads] ?? .nan, "GB/s")
        }
        report.add("machine: append 4 KiB and fdatasync", syncs, "/s")
        report.add("machine: write a file and sync it", write, "GB/s")
    }

    /// The limit by name and what of it a figure uses, in GB/s.
    func copy(_ threads: Int, used: Double) -> Figure.Limit {
        Figure.Limit(name: "memcpy × \(threads)", value: copy[threads] ?? .nan, unit: "GB/s", used: used)
    }

    /// As ``copy(_:used:)``, of reading memory.
    func read(_ threads: Int, used: Double) -> Figure.Limit {
        Figure.Limit(name: "read × \(threads)", value: read[threads] ?? .nan, unit: "GB/s", used: used)
    }

    /// As ``copy(_:used:)``, of the disk.
    func write(used: Double) -> Figure.Limit {
        Figure.Limit(name: "write and sync", value: write, unit: "GB/s", used: used)
    }

    private static func syncRate(_ directory: String, seconds: Double) -> Double {
        let path = "\(directory)/sync.tmp"
        let file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        defer {
            close(file)
            unlink(path)
        }
        let record = [UInt8](repeating: 120, count: 4_096)
        var count = 0
        let watch = Stopwatch()
        while watch.seconds < seconds {
            guard Glibc.write(file, record, record.count) == record.count, fdatasync(file) == 0 else { return .nan }
            count += 1
        }
        return Double(count) / watch.seconds
    }

    private static func writeRate(_ directory: String, byteCount: Int) -> Double {
        let path = "\(directory)/write.tmp"
        let file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        defer {
            close(file)
            unlink(path)
        }
        let block = [UInt8](repeating: 7, count: 4 << 20)
        let watch = Stopwatch()
        for _ in 0..<byteCount / block.count {
            guard Glibc.write(file, block, block.count) == block.count else { return .nan }
        }
        fdatasync(file)
        return Double(byteCount) / watch.seconds / 1e9
    }

    /// GB/s of all threads together, each over a block of its own; the best of several.
    private static func blockRate(
        _ threads: Int,
        _ blockBytes: Int,
        _ repeats: Int,
        _ body: @escaping @Sendable (UnsafeRawPointer, UnsafeMutableRawPointer, Int) -> Void
    ) throws -> Double {
        let blocks = Blocks(count: threads * 2, byteCount: blockBytes)
        var best = 0.0
        for _ in 0..<repeats {
            let watch = Stopwatch()
            try onThreads(threads) { index in
                body(UnsafeRawPointer(blocks.base(index * 2)), blocks.base(index * 2 + 1), blockBytes)
            }
            best = max(best, Double(threads * blockBytes) / watch.seconds / 1e9)
        }
        return best
    }

    private static func sum(_ source: UnsafeRawPointer, _ byteCount: Int) -> UInt64 {
        let words = UnsafeBufferPointer(start: source.assumingMemoryBound(to: UInt64.self), count: byteCount / 8)
        var total: UInt64 = 0
        for word in words { total &+= word }
        return total
    }
}

/// Memory that several threads work on, each on blocks of its own.
private final class Blocks: @unchecked Sendable {
    // Sendable: `memory` never changes, and each thread touches its own blocks only.
    private let memory: [UnsafeMutableRawPointer]

    init(count: Int, byteCount: Int) {
        memory = (0..<count).map { _ in
            let block = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 4_096)
            memset(block, 1, byteCount)
            return block
        }
    }

    deinit { for block in memory { block.deallocate() } }

    func base(_ index: Int) -> UnsafeMutableRawPointer { memory[index] }
}

/// "1 thread", "2 threads".
func plural(_ count: Int, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }
