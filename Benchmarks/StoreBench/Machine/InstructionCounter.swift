import Glibc

/// Instructions in user mode of this process and of threads that it starts later, where the machine counts them.
///
/// The kernel's interface is a system call without a wrapper; the C library's `syscall` is found by name because Swift
/// does not import functions with a variable number of arguments.
final class InstructionCounter {
    private typealias SystemCall = @convention(c) (Int, Int, Int, Int, Int, Int, Int) -> Int
    private let file: Int32

    /// Nil on a machine without counters, or where they may not be read.
    init?() {
        #if arch(x86_64)
        let callNumber = 298
        #elseif arch(arm64)
        let callNumber = 241
        #else
        return nil
        #endif
        guard let symbol = dlsym(nil, "syscall") else { return nil }
        let call = unsafeBitCast(symbol, to: SystemCall.self)
        // struct perf_event_attr, first version of 64 bytes: type 0 (hardware), size 64, config 1 (instructions), flags.
        let inherit: UInt64 = 1 << 1
        let excludeKernel: UInt64 = 1 << 5
        let excludeHypervisor: UInt64 = 1 << 6
        let attributes: [UInt64] = [64 << 32, 1, 0, 0, 0, inherit | excludeKernel | excludeHypervisor, 0, 0]
        let opened = attributes.withUnsafeBytes { bytes in
            call(callNumber, Int(bitPattern: bytes.baseAddress), 0, -1, -1, 0, 0)
        }
        guard opened >= 0 else { return nil }
        file = Int32(opened)
    }

    deinit { close(file) }

    /// The count so far.
    var count: UInt64 {
        var value: UInt64 = 0
        return read(file, &value, 8) == 8 ? value : 0
    }
}
