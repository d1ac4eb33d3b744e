/// A shell without a person: statements of a file, a pipe or the command line, one after the other.
struct ShellScript {
    let session: ShellSession
    let terminal: Terminal
    /// Whether what follows an error is carried out, too.
    let keepsGoing: Bool

    /// What became of a script.
    enum Outcome: Equatable {
        case done
        /// A statement or a command failed; what is wrong was written.
        case failed
    }

    /// Carries out the lines that `next` gives.
    ///
    /// - Parameter name: what the lines are from, for errors; nil if there is but one line.
    func run(name: String?, next: () throws(ShellFailure) -> String?) throws(ShellFailure) -> Outcome {
        var reader = StatementReader()
        var outcome = Outcome.done
        while !session.isEnded, let line = try next() {
            for item in reader.add(line) where !session.isEnded {
                guard try carryOut(item, name) else {
                    outcome = .failed
                    if keepsGoing { continue }
                    return outcome
                }
            }
            guard !reader.isTooLong else {
                throw .refused("a statement of more than \(StatementReader.statementBytesMax) bytes; is a quote open?")
            }
        }
        if !session.isEnded, let rest = reader.finish(), try !carryOut(rest, name) { outcome = .failed }
        return outcome
    }

    private func carryOut(_ item: StatementReader.Item, _ name: String?) throws(ShellFailure) -> Bool {
        do throws(ShellFailure) {
            try session.perform(item)
            return true
        } catch .refused(let message) {
            if let name {
                let line =
                    switch item {
                    case .statement(_, let line), .command(_, let line): line
                    }
                terminal.writeError("\(name), line \(line):")
            }
            terminal.writeError(message)
            return false
        }
    }
}
