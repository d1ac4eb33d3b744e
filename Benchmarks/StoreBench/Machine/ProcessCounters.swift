import Glibc
import Synchronization

/// What the kernel counts of this process.
enum ProcessCounters {
    /// Bytes of memory that no file backs: not the page cache.
    static var anonymousBytes: Int { field("RssAnon:", of: "/proc/self/status") * 1_024 }

    /// Gives free memory of the heap back, so that what is counted next is what comes next.
    static func trimHeap() {
        // Not in the headers that Swift imports; musl has no such function.
        typealias Trim = @convention(c) (Int) -> Int32
        guard let symbol = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(symbol, to: Trim.self)(0)
    }

    /// Bytes that went, or will go, from this process to the disk.
    static var writtenBytes: Int { field("write_bytes:", of: "/proc/self/io") }

    /// Open files.
    static var openFiles: Int { Files.names(in: "/proc/self/fd").count - 1 }

    /// Seconds of all threads on a processor, in the kernel too.
    static var processorSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let micros = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(micros) * 1e-6
    }

    private static func field(_ name: String, of path: String) -> Int {
        for line in String(decoding: Files.read(path), as: UTF8.self).split(separator: "\n") {
            guard line.hasPrefix(name) else { continue }
            return line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 0
        }
        return 0
    }
}

/// Watches the process's memory while something runs.
final class MemorySampler: Sendable {
    private let isOver = Atomic(false)
    private let largest = Atomic(0)
    private let thread: Mutex<pthread_t?> = Mutex(nil)

    /// How often it looks.
    static let intervalMicroseconds: UInt32 = 50_000

    /// Starts to watch.
    func start() {
        let started = startThread { [self] in
            while !isOver.load(ordering: .acquiring) {
                largest.max(ProcessCounters.anonymousBytes, ordering: .relaxed)
                usleep(Self.intervalMicroseconds)
            }
        }
        thread.withLock { $0 = started }
    }

    /// Stops; the most bytes that were seen.
    func stop() -> Int {
        isOver.store(true, ordering: .releasing)
        if let started = thread.withLock({ $0.take() }) { pthread_join(started, nil) }
        return largest.load(ordering: .relaxed)
    }
}
