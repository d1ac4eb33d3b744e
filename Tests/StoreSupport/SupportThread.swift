public import Glibc

/// A thread that runs a function, with the stack of a main thread: a debug build needs it.
public final class SupportThread: Sendable {
    private static let stackBytes = 8 << 20

    private let body: @Sendable () -> Void

    private init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    /// Starts it; to be joined.
    public static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackBytes)
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            &attributes,
            { argument in
                if let argument { Unmanaged<SupportThread>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            },
            Unmanaged.passRetained(SupportThread(body)).toOpaque()
        )
        precondition(status == 0, "no thread: error \(status)")
        pthread_attr_destroy(&attributes)
        return thread
    }
}
