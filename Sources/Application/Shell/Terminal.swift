import Foundation
import Glibc

/// The terminal, or what stands in its place: bytes in and out.
final class Terminal {
    /// After an escape a terminal sends the rest of its sequence within this time; a person does not.
    private static let sequenceMilliseconds: Int32 = 40

    private var original: termios?

    /// Whether standard input is a terminal.
    var readsTerminal: Bool { isatty(STDIN_FILENO) == 1 }
    /// Whether standard output is a terminal.
    var writesTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether lines can be edited: a person sits there, and the terminal obeys escape sequences.
    var isEditable: Bool {
        let kind = ProcessInfo.processInfo.environment["TERM"] ?? ""
        return readsTerminal && writesTerminal && !kind.isEmpty && kind != "dumb"
    }

    /// Columns and lines; those of an old terminal where nobody knows.
    var size: (columns: Int, lines: Int) {
        var window = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { return (80, 24) }
        return (Int(window.ws_col), max(2, Int(window.ws_row)))
    }

    /// Writes all of a text. Fails if nobody reads it.
    func write(_ text: String) throws(ShellFailure) { try write(Array(text.utf8)[...]) }

    /// Writes all bytes. Fails if nobody reads them.
    func write(_ bytes: ArraySlice<UInt8>) throws(ShellFailure) {
        guard Self.writeAll(bytes, to: STDOUT_FILENO) else { throw .outputClosed }
    }

    /// Writes a line to standard error.
    func writeError(_ text: String) { _ = Self.writeAll(Array((text + "\n").utf8)[...], to: STDERR_FILENO) }

    static func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest.removeFirst(count)
            } else if errno != EINTR, errno != EAGAIN {
                return false
            }
        }
        return true
    }

    // MARK: - Keys

    /// Lets `body` have every key as it is typed, without echo; pasted text comes in brackets.
    func withKeys<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        beginKeys()
        defer { endKeys() }
        return try body()
    }

    private func beginKeys() {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return }
        original = settings
        cfmakeraw(&settings)
        // Output keeps its line ends: what others write meanwhile must not run in stairs.
        settings.c_oflag |= tcflag_t(OPOST)
        _ = tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
        _ = Self.writeAll(Array("\u{1B}[?2004h".utf8)[...], to: STDOUT_FILENO)
    }

    private func endKeys() {
        guard var settings = original else { return }
        _ = Self.writeAll(Array("\u{1B}[?2004l".utf8)[...], to: STDOUT_FILENO)
        _ = tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
        original = nil
    }

    /// Gives the terminal back to the shell that started this one, until it is given again.
    func suspend() {
        endKeys()
        kill(getpid(), SIGTSTP)
        beginKeys()
    }

    /// The bytes of the next keys; nil at the end of the input. Empty if `isBrief` and none came in the time of a sequence.
    func readKeys(isBrief: Bool) -> [UInt8]? {
        while true {
            if isBrief {
                var wanted = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
                let count = poll(&wanted, 1, Self.sequenceMilliseconds)
                if count == 0 { return [] }
            }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(STDIN_FILENO, &bytes, bytes.count)
            if count > 0 { return Array(bytes[..<count]) }
            if count == 0 || errno != EINTR { return nil }
        }
    }
}
