import CKernels
import Columnar
import Glibc

/// A thread of the operating system that runs one function until it returns.
final class WorkerThread: Sendable {
    private let handle: pthread_t

    private init(handle: pthread_t) { self.handle = handle }

    /// How much a background thread stands back; the same as that of query workers.
    private static let backgroundNiceness: Int32 = 10

    /// Starts a thread of this name (15 bytes are shown by tools); one in the background gets less of the processor.
    static func start(
        name: String,
        isBackground: Bool = false,
        _ body: @escaping @Sendable () -> Void
    ) throws(TableError) -> WorkerThread {
        let run: @Sendable () -> Void = {
            // Linux takes a thread for a process here: 0 is the calling one.
            if isBackground { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.backgroundNiceness) }
            body()
        }
        switch create(ThreadBody(name: name, run: run)) {
        case .success(let handle): return WorkerThread(handle: handle)
        case .failure(let error): throw error
        }
    }

    private static func create(_ body: ThreadBody) -> Result<pthread_t, TableError> {
        // The new thread releases the body. If there is none it leaks, once: a store does not open then.
        let argument = UInt(bitPattern: Unmanaged.passRetained(body).toOpaque())
        var handle: pthread_t = 0
        let status = pthread_create(&handle, nil, enterThread, UnsafeMutableRawPointer(bitPattern: argument))
        if status == 0 { return .success(handle) }
        let advice = "raise the limit on processes"
        return .failure(TableError(.io, "cannot start thread \(body.name): error \(status); \(advice)"))
    }

    /// Waits until the function has returned. Once only, and not from the thread itself.
    func join() { pthread_join(handle, nil) }

    /// Whether the caller runs on this thread.
    var isCurrent: Bool { pthread_equal(handle, pthread_self()) != 0 }

    /// Lets the thread end on its own.
    func detach() { pthread_detach(handle) }
}

private func enterThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let body = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
    tickgate_name_thread(body.name)
    body.run()
    return nil
}

private final class ThreadBody: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}
