/// The text of `\help`.
enum ShellHelp {
    /// All commands in a line each.
    static var overview: String {
        let width = ShellCommandForm.all.map(\.synopsis.count).max() ?? 0
        var lines = [
            "A statement of the query language ends with a semicolon, and may have several lines:",
            "  SELECT symbol, count() FROM trades;",
            "",
        ]
        for form in ShellCommandForm.all {
            lines.append("  \(DisplayWidth.padded(form.synopsis, to: width, right: false))  \(form.summary)")
        }
        lines += [
            "",
            "A BUCKET is SYMBOL/TIMEFRAME/ATTRIBUTE, such as AAPL/1Min/OHLCV. \\help COMMAND tells more of one.",
            "Tab completes, Ctrl-R searches the history, Ctrl-C stops a query or drops what is typed, Ctrl-D ends.",
        ]
        return lines.joined(separator: "\n")
    }

    /// What one command does.
    static func text(of name: String) throws(ShellCommandError) -> String {
        guard let form = ShellCommandForm.named(name) else {
            let names = ShellCommandForm.all.flatMap(\.names)
            let wanted = name.hasPrefix("\\") ? name : "\\" + name
            let hint = nearest(to: wanted, in: names).map { "did you mean \($0)?" } ?? "\\help lists the commands"
            throw ShellCommandError("there is no command \(wanted); \(hint)")
        }
        var lines = [form.synopsis, form.summary]
        if form.names.count > 1 { lines.append("Also: " + form.names.dropFirst().joined(separator: ", ")) }
        if !form.details.isEmpty { lines.append(form.details) }
        return lines.joined(separator: "\n")
    }
}
