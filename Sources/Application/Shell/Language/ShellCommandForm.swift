/// What is to be known of a backslash command: its names, how it is written, what it does, what completes its arguments.
struct ShellCommandForm: Sendable {
    /// Which command.
    enum Kind: Sendable {
        case show, load, create, destroy, info, trim, gaps, buckets, tables, columns, symbols, functions, queries,
            cancel
        case watch, output, timing, expanded, rows, help, quit
    }

    /// What stands at the place of an argument.
    enum Argument: Sendable {
        case bucket, file, table, flag, command, anything
        /// One of these words.
        case words([String])
        /// A statement that takes the rest of the line.
        case statement
    }

    let kind: Kind
    /// The name, then others for it.
    let names: [String]
    /// What stands behind the name.
    let pattern: String
    let summary: String
    var details = ""
    var arguments: [Argument] = []

    /// How it is written.
    var usage: String { "write \(synopsis)" }

    /// Name and arguments.
    var synopsis: String { pattern.isEmpty ? names[0] : "\(names[0]) \(pattern)" }

    /// The command of a name, with or without its backslash.
    static func named(_ name: String) -> ShellCommandForm? {
        let name = name.lowercased()
        return all.first { $0.names.contains(name.hasPrefix("\\") ? name : "\\" + name) }
    }

    static let all: [ShellCommandForm] = [
        ShellCommandForm(
            kind: .show,
            names: ["\\show"],
            pattern: "BUCKET [start [end]] [csv]",
            summary: "The rows of a bucket.",
            details: """
                Rows from start up to and with end, in UTC: 2024-01-31, 2024-01-31T15:04, '20240131 150405',
                or seconds since 1970. csv writes them as CSV. The same in the query language:
                SELECT * FROM `AAPL/1Min/OHLCV` WHERE Epoch BETWEEN '2024-01-30' AND '2024-01-31';
                """,
            arguments: [.bucket, .anything, .anything, .words(["csv"])]
        ),
        ShellCommandForm(
            kind: .load,
            names: ["\\load"],
            pattern: "BUCKET file.csv [control.yaml] [again]",
            summary: "Write the rows of a CSV file into a bucket.",
            details: """
                Delimiter, header, the form of times and types are found out, and told; so is every line that is no row.
                A bucket that is not there is made. The control file is that of MarketStore's loader:
                firstRowHasColumnNames, timeFormat, timeZone, columnNameMap.
                A file that is in a variable bucket already is written once more if again says so, and else not.
                """,
            arguments: [.bucket, .file, .file, .words(["again"])]
        ),
        ShellCommandForm(
            kind: .create,
            names: ["\\create"],
            pattern: "BUCKET NAMES/TYPE[:NAMES/TYPE…] fixed|variable",
            summary: "Make a bucket.",
            details: """
                \\create AAPL/1Min/OHLCV Open,High,Low,Close/float32:Volume/int64 fixed
                fixed keeps a row a slot of the timeframe, the last one written; variable keeps every row, to the nanosecond.
                """,
            arguments: [.bucket, .anything, .words(["fixed", "variable"])]
        ),
        ShellCommandForm(
            kind: .destroy,
            names: ["\\destroy"],
            pattern: "BUCKET",
            summary: "Remove a bucket with all its rows.",
            arguments: [.bucket]
        ),
        ShellCommandForm(
            kind: .info,
            names: ["\\getinfo"],
            pattern: "BUCKET",
            summary: "Columns, types and kind of a bucket.",
            arguments: [.bucket]
        ),
        ShellCommandForm(
            kind: .trim,
            names: ["\\trim"],
            pattern: "BUCKET date",
            summary: "Delete the rows of this bucket from a date on.",
            details: "Rows of the date itself go, too; other buckets keep theirs. Needs the admin token.",
            arguments: [.bucket]
        ),
        ShellCommandForm(
            kind: .gaps,
            names: ["\\gaps"],
            pattern: "BUCKET [timeframe]",
            summary: "Where rows are farther apart than the timeframe.",
            details: "The timeframe, such as 5Min or 1H, is that of the bucket unless another is given.",
            arguments: [.bucket]
        ),
        ShellCommandForm(kind: .buckets, names: ["\\buckets"], pattern: "", summary: "All buckets."),
        ShellCommandForm(kind: .tables, names: ["\\tables", "\\dt"], pattern: "", summary: "All tables."),
        ShellCommandForm(
            kind: .columns,
            names: ["\\columns", "\\d"],
            pattern: "TABLE",
            summary: "The columns of a table, view or bucket.",
            arguments: [.table]
        ),
        ShellCommandForm(
            kind: .symbols,
            names: ["\\symbols"],
            pattern: "[TABLE]",
            summary: "The symbols of a table, or of all.",
            arguments: [.table]
        ),
        ShellCommandForm(
            kind: .functions,
            names: ["\\functions", "\\df"],
            pattern: "[text]",
            summary: "The functions whose name or summary has the text."
        ),
        ShellCommandForm(kind: .queries, names: ["\\queries"], pattern: "", summary: "The active queries."),
        ShellCommandForm(kind: .cancel, names: ["\\cancel"], pattern: "ID", summary: "Stop an active query."),
        ShellCommandForm(
            kind: .watch,
            names: ["\\watch"],
            pattern: "[seconds] STATEMENT",
            summary: "Follow a query, or run a statement again and again, until Ctrl-C.",
            details: """
                A query that can be live is followed: its rows, then each that comes or changes, as it is written.
                Any other statement, and one behind a number of seconds, is run again every so many seconds, else every 2.
                """,
            arguments: [.statement]
        ),
        ShellCommandForm(
            kind: .output,
            names: ["\\o"],
            pattern: "[file]",
            summary: "Write rows to a file as CSV; without a file, to the terminal again.",
            details: "The file is made anew; answers follow one another in it, each whole or not at all.",
            arguments: [.file]
        ),
        ShellCommandForm(
            kind: .timing,
            names: ["\\timing"],
            pattern: "[on|off]",
            summary: "Whether times are told.",
            arguments: [.flag]
        ),
        ShellCommandForm(
            kind: .expanded,
            names: ["\\x"],
            pattern: "[on|off]",
            summary: "Whether each value has a line of its own.",
            arguments: [.flag]
        ),
        ShellCommandForm(
            kind: .rows,
            names: ["\\rows"],
            pattern: "N|all",
            summary: "How many rows of an answer are drawn.",
            arguments: [.words(["all"])]
        ),
        ShellCommandForm(
            kind: .help,
            names: ["\\help", "\\h", "\\?"],
            pattern: "[command]",
            summary: "What there is, or more of one command.",
            arguments: [.command]
        ),
        ShellCommandForm(
            kind: .quit,
            names: ["\\q", "\\quit", "\\stop", "\\exit"],
            pattern: "",
            summary: "End; so do Ctrl-D and exit."
        ),
    ]
}
