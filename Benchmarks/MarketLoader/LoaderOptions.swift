import Glibc

/// What the command line asks for.
struct LoaderOptions {
    /// Takes the store, the columns and what tells about them.
    var directory: String
    /// Rows a table.
    var rows = 10_000_000
    /// Series a table.
    var symbols = 20
    /// The same numbers give the same rows.
    var seed: UInt64 = 42
    /// Tables to make.
    var tables = MarketTable.allCases
    /// Whether the columns are written as files beside the store.
    var writesColumns = true

    /// How to call it.
    static let usage = """
        MarketLoader DIRECTORY [--rows N] [--symbols N] [--seed N] [--tables trades,quotes] [--no-columns]
        """

    /// A code of a symbol has two bytes in the files of the columns.
    static let symbolsMax = Int(UInt16.max)
    /// More would leave a row less than 432 ns of the five days to take its time from.
    static let rowsMax = 1_000_000_000

    /// Reads the arguments, without the program's name.
    init(_ arguments: some Sequence<String>) throws(LoaderFailure) {
        var rest = Array(arguments)[...]
        guard let directory = rest.popFirst(), !directory.hasPrefix("--") else { throw LoaderFailure(Self.usage) }
        self.directory = directory
        while let flag = rest.popFirst() {
            switch flag {
            case "--rows": rows = try Self.number(of: flag, in: &rest, at: 1...Self.rowsMax)
            case "--symbols": symbols = try Self.number(of: flag, in: &rest, at: 1...Self.symbolsMax)
            case "--seed": seed = UInt64(try Self.number(of: flag, in: &rest, at: 0...Int.max))
            case "--tables": tables = try Self.tables(Self.value(of: flag, in: &rest))
            case "--no-columns": writesColumns = false
            default: throw LoaderFailure("unknown argument \(flag)\n\(Self.usage)")
            }
        }
    }

    private static func value(of flag: String, in rest: inout ArraySlice<String>) throws(LoaderFailure) -> String {
        guard let value = rest.popFirst() else { throw LoaderFailure("\(flag) needs a value\n\(usage)") }
        return value
    }

    private static func number(
        of flag: String,
        in rest: inout ArraySlice<String>,
        at range: ClosedRange<Int>
    ) throws(LoaderFailure) -> Int {
        let text = try value(of: flag, in: &rest)
        guard let number = Int(text), range.contains(number) else {
            throw LoaderFailure("\(flag) takes a number from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return number
    }

    private static func tables(_ names: String) throws(LoaderFailure) -> [MarketTable] {
        var tables: [MarketTable] = []
        for name in names.split(separator: ",") {
            guard let table = MarketTable(rawValue: String(name)) else {
                throw LoaderFailure("there is no table \(name)\n\(usage)")
            }
            tables.append(table)
        }
        return tables
    }
}

/// Why the data cannot be made.
struct LoaderFailure: Error, CustomStringConvertible {
    /// What is wrong.
    let description: String
    /// Creates a failure.
    init(_ description: String) { self.description = description }
}
