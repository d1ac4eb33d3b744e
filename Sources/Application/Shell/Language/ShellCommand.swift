import MarketStore

/// Why a backslash command cannot be carried out as it is written.
struct ShellCommandError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A backslash command.
enum ShellCommand: Equatable {
    case show(BucketKey, from: Int64?, through: Int64?, isCSV: Bool)
    /// Again: although the file is in the bucket already.
    case load(BucketKey, file: String, control: String?, isAgain: Bool)
    case create(BucketKey, ColumnSpecification, isVariable: Bool)
    case destroy(BucketKey)
    case info(BucketKey)
    case trim(BucketKey, from: Int64)
    case gaps(BucketKey, timeframe: String?)
    case buckets
    case tables
    case columns(of: String)
    case symbols(of: String?)
    case functions(like: String?)
    case queries
    case cancel(String)
    /// Without seconds it is followed, if it can be.
    case watch(seconds: Double?, statement: String)
    /// CSV to a file; nil for the terminal again.
    case output(String?)
    /// nil turns what it is into the other.
    case timing(Bool?)
    case expanded(Bool?)
    /// Rows of an answer that are drawn; nil for all.
    case rows(Int?)
    case help(String?)
    case quit

    /// Seconds between two looks of `\watch`.
    static let watchSeconds = 0.1...86_400

    /// Reads a command with its backslash.
    init(_ text: String) throws(ShellCommandError) {
        let words = CommandWords(text)
        guard let first = words.words.first else { throw ShellCommandError("an empty command") }
        if let open = words.words.first(where: \.isOpen), let quote = open.quote {
            throw ShellCommandError("\(quote)\(open.text) has no closing \(quote)")
        }
        guard let form = ShellCommandForm.named(first.text) else {
            let names = ShellCommandForm.all.flatMap(\.names)
            let hint = nearest(to: first.text, in: names).map { "did you mean \($0)?" } ?? "\\help lists the commands"
            throw ShellCommandError("there is no command \(first.text); \(hint)")
        }
        var arguments = Arguments(form: form, words: words.words.dropFirst().map(\.text))
        self = try Self.command(form.kind, &arguments, text)
        try arguments.end()
    }

    private static func command(
        _ kind: ShellCommandForm.Kind,
        _ arguments: inout Arguments,
        _ text: String
    ) throws(ShellCommandError) -> ShellCommand {
        switch kind {
        case .show: return try show(&arguments)
        case .load:
            let bucket = try arguments.bucket()
            let file = try arguments.required("a CSV file")
            let isAgain = arguments.takeLast("again")
            return .load(bucket, file: file, control: arguments.optional(), isAgain: isAgain)
        case .create: return try create(&arguments)
        case .destroy: return .destroy(try arguments.bucket())
        case .info: return .info(try arguments.bucket())
        case .trim:
            let bucket = try arguments.bucket()
            let date = try arguments.required("the date from which on rows go")
            return .trim(bucket, from: try moment(date))
        case .gaps: return .gaps(try arguments.bucket(), timeframe: arguments.optional())
        case .buckets: return .buckets
        case .tables: return .tables
        case .columns: return .columns(of: try arguments.required("a table"))
        case .symbols: return .symbols(of: arguments.optional())
        case .functions: return .functions(like: arguments.optional())
        case .queries: return .queries
        case .cancel: return .cancel(try arguments.required("a query's id, which \\queries shows"))
        case .watch: return try watch(&arguments, text)
        case .output: return .output(arguments.optional())
        case .timing: return .timing(try arguments.flag())
        case .expanded: return .expanded(try arguments.flag())
        case .rows: return .rows(try rows(try arguments.required("a number of rows, or all")))
        case .help: return .help(arguments.optional())
        case .quit: return .quit
        }
    }

    private static func show(_ arguments: inout Arguments) throws(ShellCommandError) -> ShellCommand {
        let bucket = try arguments.bucket()
        var words: [String] = []
        while let word = arguments.optional() { words.append(word) }
        let isCSV = words.last?.lowercased() == "csv"
        if isCSV { words.removeLast() }
        guard words.count <= 2 else { throw ShellCommandError("\(words[2]) is too much; \(arguments.form.usage)") }
        let from = words.isEmpty ? nil : try moment(words[0])
        let through = words.count < 2 ? nil : try moment(words[1])
        if let from, let through, from > through {
            throw ShellCommandError("the start, \(words[0]), is after the end, \(words[1])")
        }
        return .show(bucket, from: from, through: through, isCSV: isCSV)
    }

    private static func create(_ arguments: inout Arguments) throws(ShellCommandError) -> ShellCommand {
        let bucket = try arguments.bucket()
        let columns = try ColumnSpecification(
            arguments.required("columns, such as Open,High,Low,Close/float32:Volume/int64")
        )
        let kind = try arguments.required("fixed (a row a slot) or variable (any number of rows)")
        guard ["fixed", "variable"].contains(kind) else {
            throw ShellCommandError("'\(kind)' must be fixed (a row a slot) or variable (any number of rows)")
        }
        return .create(bucket, columns, isVariable: kind == "variable")
    }

    private static func watch(_ arguments: inout Arguments, _ text: String) throws(ShellCommandError) -> ShellCommand {
        let word = try arguments.required("a statement")
        let seconds = Double(word)
        if let seconds, !watchSeconds.contains(seconds) {
            throw ShellCommandError("'\(word)' is no number of seconds from 0.1 to 86400; \(arguments.form.usage)")
        }
        // The statement is the rest as it stands: its quotes are the language's.
        let words = CommandWords(text).words.dropFirst(seconds == nil ? 1 : 2)
        guard let first = words.first else {
            throw ShellCommandError("a statement is missing; \(arguments.form.usage)")
        }
        arguments.takeAll()
        return .watch(seconds: seconds, statement: String(text.dropFirst(first.start)))
    }

    private static func moment(_ text: String) throws(ShellCommandError) -> Int64 {
        guard let moment = ShellDate.parse(text) else { throw ShellCommandError(ShellDate.refusal(of: text)) }
        return moment
    }

    private static func rows(_ word: String) throws(ShellCommandError) -> Int? {
        if word.lowercased() == "all" { return nil }
        guard let count = Int(word), count > 0 else {
            throw ShellCommandError("'\(word)' must be a number from 1 on, or all")
        }
        return count
    }
}

/// The arguments of a command, taken one by one.
private struct Arguments {
    let form: ShellCommandForm
    private var words: ArraySlice<String>

    init(form: ShellCommandForm, words: [String]) {
        self.form = form
        self.words = words[...]
    }

    mutating func optional() -> String? { words.popFirst() }

    mutating func takeAll() { words = [] }

    /// Whether the last word is this one, which is taken then.
    mutating func takeLast(_ word: String) -> Bool {
        guard words.last?.lowercased() == word else { return false }
        words.removeLast()
        return true
    }

    mutating func required(_ what: String) throws(ShellCommandError) -> String {
        guard let word = words.popFirst() else {
            throw ShellCommandError("\(form.names[0]) needs \(what); \(form.usage)")
        }
        return word
    }

    mutating func bucket() throws(ShellCommandError) -> BucketKey {
        let word = try required("a bucket, such as AAPL/1Min/OHLCV")
        let category = word.contains(":") ? word.drop { $0 != ":" } : Substring(BucketKey.category)
        guard category == BucketKey.category, let key = BucketKey(word), !key.symbol.isEmpty, !key.timeframe.isEmpty,
            !key.attribute.isEmpty
        else {
            throw ShellCommandError(
                "'\(word)' is no bucket; one is SYMBOL/TIMEFRAME/ATTRIBUTE, such as AAPL/1Min/OHLCV"
            )
        }
        return key
    }

    mutating func flag() throws(ShellCommandError) -> Bool? {
        guard let word = words.popFirst() else { return nil }
        switch word.lowercased() {
        case "on": return true
        case "off": return false
        default: throw ShellCommandError("'\(word)' must be on or off, or be left out to change between them")
        }
    }

    func end() throws(ShellCommandError) {
        guard let word = words.first else { return }
        throw ShellCommandError("'\(word)' is too much; \(form.usage)")
    }
}
