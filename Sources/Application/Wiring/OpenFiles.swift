import Glibc

/// How many files, and so connections, the process may have open.
enum OpenFiles {
    /// Files beside those of connections: the store's, the feeds', those of queries that spill.
    static let reserve = 512

    /// Raises the limit to the most that the system allows the process, and tells it. Shells set it to 1,024 for the sake
    /// of programs that use select(2), which nothing here does.
    static func raiseLimit() -> Int {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(files, &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
