/// Why a statement or a command came to nothing.
enum ShellFailure: Error, Equatable {
    /// What is wrong, for people; of a statement, with the place and a line of carets.
    case refused(String)
    /// The gateway cannot be reached, or went away.
    case unreachable(String)
    /// Ctrl-C.
    case interrupted
    /// Nobody reads what is written any more.
    case outputClosed
}
