import Glibc

/// Counts an event in user mode, where the machine counts it.
///
/// The kernel's interface is a system call without a wrapper; the C library's `syscall` is found by name because Swift
/// does not import functions with a variable number of arguments.
public final class HardwareCounter {
    /// What is counted: `PERF_COUNT_HW_…`.
    public enum Event: UInt64, Sendable {
        /// Cycles of the processor.
        case cycles = 0
        /// Instructions that were retired.
        case instructions = 1
    }

    private typealias SystemCall = @convention(c) (Int, Int, Int, Int, Int, Int, Int) -> Int
    private let file: Int32

    /// Counts in the thread that makes it, and in threads that are started later if `countsNewThreads` says so. Nil on a
    /// machine without counters, or where they may not be read.
    public init?(_ event: Event, countsNewThreads: Bool = false) {
        #if arch(x86_64)
        let callNumber = 298
        #elseif arch(arm64)
        let callNumber = 241
        #else
        return nil
        #endif
        guard let symbol = dlsym(nil, "syscall") else { return nil }
        let call = unsafeBitCast(symbol, to: SystemCall.self)
        // struct perf_event_attr, first version of 64 bytes: type 0 (hardware), size 64, config, flags.
        let inherit: UInt64 = countsNewThreads ? 1 << 1 : 0
        let excludeKernel: UInt64 = 1 << 5
        let excludeHypervisor: UInt64 = 1 << 6
        let flags = inherit | excludeKernel | excludeHypervisor
        let attributes: [UInt64] = [64 << 32, event.rawValue, 0, 0, 0, flags, 0, 0]
        let opened = attributes.withUnsafeBytes { bytes in
            call(callNumber, Int(bitPattern: bytes.baseAddress), 0, -1, -1, 0, 0)
        }
        guard opened >= 0 else { return nil }
        file = Int32(opened)
    }

    deinit { close(file) }

    /// The count so far.
    public var count: UInt64 {
        var value: UInt64 = 0
        return read(file, &value, 8) == 8 ? value : 0
    }
}
