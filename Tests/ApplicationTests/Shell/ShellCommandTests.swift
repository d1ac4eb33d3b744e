import Columnar
import MarketStore
import Testing

@testable import Application

@Suite("Backslash commands")
struct ShellCommandTests {
    private let key = BucketKey(symbol: "AAPL", timeframe: "1Min", attribute: "OHLCV")
    private let second: Int64 = 1_000_000_000

    private func refusal(_ text: String) -> String {
        do throws(ShellCommandError) {
            return "\(try ShellCommand(text))"
        } catch {
            return error.description
        }
    }

    @Test("are read with their arguments")
    func commands() throws {
        #expect(try ShellCommand("\\show AAPL/1Min/OHLCV") == .show(key, from: nil, through: nil, isCSV: false))
        #expect(
            try ShellCommand("\\show AAPL/1Min/OHLCV 1970-01-02 '19700103 000001' csv")
                == .show(key, from: 86_400 * second, through: 172_801 * second, isCSV: true)
        )
        #expect(try ShellCommand("\\show AAPL/1Min/OHLCV csv") == .show(key, from: nil, through: nil, isCSV: true))
        #expect(
            try ShellCommand("\\load AAPL/1Min/OHLCV 'my file.csv' c.yaml")
                == .load(key, file: "my file.csv", control: "c.yaml", isAgain: false)
        )
        #expect(
            try ShellCommand("\\load AAPL/1Min/OHLCV a.csv again")
                == .load(key, file: "a.csv", control: nil, isAgain: true)
        )
        #expect(try ShellCommand("\\destroy AAPL/1Min/OHLCV") == .destroy(key))
        #expect(try ShellCommand("\\getinfo AAPL/1Min/OHLCV:Symbol/Timeframe/AttributeGroup") == .info(key))
        #expect(try ShellCommand("\\trim AAPL/1Min/OHLCV 1970-01-02") == .trim(key, from: 86_400 * second))
        #expect(try ShellCommand("\\gaps AAPL/1Min/OHLCV 5Min") == .gaps(key, timeframe: "5Min"))
        #expect(try ShellCommand("\\o") == .output(nil))
        #expect(try ShellCommand("\\timing") == .timing(nil))
        #expect(try ShellCommand("\\timing OFF") == .timing(false))
        #expect(try ShellCommand("\\rows all") == .rows(nil))
        #expect(try ShellCommand("\\help show") == .help("show"))
        for name in ["\\q", "\\quit", "\\stop", "\\exit"] { #expect(try ShellCommand(name) == .quit) }
    }

    @Test("that create a bucket name columns and types as MarketStore does")
    func create() throws {
        let command = try ShellCommand("\\create AAPL/1Min/OHLCV Open,High/float32:Volume/int64 fixed")
        let columns: [Bucket.Column] = [
            .init(name: "Open", type: .float32), .init(name: "High", type: .float32),
            .init(name: "Volume", type: .int64),
        ]
        #expect(command == .create(key, ColumnSpecification(columns: columns), isVariable: false))
        let variable = try ShellCommand(
            "\\create AAPL/1Min/TICK:Symbol/Timeframe/AttributeGroup Epoch/i8:Note/string16 variable"
        )
        let tick = BucketKey(symbol: "AAPL", timeframe: "1Min", attribute: "TICK")
        let note = ColumnSpecification(columns: [.init(name: "Note", type: .string16)])
        #expect(variable == .create(tick, note, isVariable: true))
    }

    @Test("watch a statement as it stands, quotes and all")
    func watch() throws {
        let command = try ShellCommand("\\watch 2 SELECT 'a  b'  FROM \"t t\"")
        #expect(command == .watch(seconds: 2, statement: "SELECT 'a  b'  FROM \"t t\""))
        #expect(try ShellCommand("\\watch SELECT  1") == .watch(seconds: nil, statement: "SELECT  1"))
    }

    @Test(
        "say what is wrong with them, and what to write",
        arguments: [
            ("\\shwo AAPL/1Min/OHLCV", "there is no command \\shwo; did you mean \\show?"),
            ("\\show", "\\show needs a bucket, such as AAPL/1Min/OHLCV; write \\show BUCKET [start [end]] [csv]"),
            (
                "\\show AAPL/1Min",
                "'AAPL/1Min' is no bucket; one is SYMBOL/TIMEFRAME/ATTRIBUTE, such as AAPL/1Min/OHLCV"
            ),
            (
                "\\show A/1Min/B 2024-13-01",
                "'2024-13-01' is no date; write 2024-01-31, 2024-01-31T15:04, '20240131 150405' or seconds since 1970"
            ),
            ("\\show A/1Min/B 2024 2023", "the start, 2024, is after the end, 2023"),
            ("\\show A/1Min/B 2023 2024 2025", "2025 is too much; write \\show BUCKET [start [end]] [csv]"),
            ("\\q now", "'now' is too much; write \\q"),
            ("\\timing maybe", "'maybe' must be on or off, or be left out to change between them"),
            ("\\rows 0", "'0' must be a number from 1 on, or all"),
            ("\\o 'open", "'open has no closing '"),
            ("\\create A/1Min/B Open/flaot32 fixed", "'flaot32' is no type of a column; did you mean float32?"),
            (
                "\\create A/1Min/B Open fixed",
                "'Open' is not NAMES/TYPE; columns are written as in Open,High,Low,Close/float32:Volume/int64"
            ),
            ("\\create A/1Min/B A,A/f4 fixed", "the column 'A' is there twice"),
            ("\\create A/1Min/B Epoch/i8 fixed", "a bucket needs a column besides Epoch"),
            (
                "\\create A/1Min/B Open/f4 fixd",
                "'fixd' must be fixed (a row a slot) or variable (any number of rows)"
            ),
            (
                "\\watch 0 SELECT 1",
                "'0' is no number of seconds from 0.1 to 86400; write \\watch [seconds] STATEMENT"
            ),
            ("\\watch 3", "a statement is missing; write \\watch [seconds] STATEMENT"),
        ]
    )
    func errors(text: String, expected: String) { #expect(refusal(text) == expected) }

    @Test("are all told by \\help, in one line and at length")
    func help() throws {
        for form in ShellCommandForm.all {
            #expect(ShellHelp.overview.contains("  \(form.synopsis) "))
            for name in form.names { #expect(try ShellHelp.text(of: name).hasPrefix(form.synopsis)) }
            #expect(try ShellHelp.text(of: String(form.names[0].dropFirst())).contains(form.summary))
        }
        #expect(throws: ShellCommandError("there is no command \\sohw; did you mean \\show?")) {
            try ShellHelp.text(of: "sohw")
        }
    }
}

@Suite("Dates in commands")
struct ShellDateTests {
    @Test(
        "are read in every form",
        arguments: [
            ("2024-01-31", "2024-01-31T00:00:00Z"), ("2024-01-31T15:04", "2024-01-31T15:04:00Z"),
            ("2024-01-31 15:04:05.25", "2024-01-31T15:04:05.250Z"), ("2024", "2024-01-01T00:00:00Z"),
            ("2024-01-31T15:04:05+01:00", "2024-01-31T14:04:05Z"),
            ("2024-01-31-15:04", "2024-01-31T15:04:00Z"), ("2024-01-31-15:04:05.5", "2024-01-31T15:04:05.500Z"),
            ("20240131", "2024-01-31T00:00:00Z"), ("20240131 15", "2024-01-31T15:00:00Z"),
            ("20240131 1504", "2024-01-31T15:04:00Z"), ("20240131 150405", "2024-01-31T15:04:05Z"),
            ("20240131 150405999", "2024-01-31T15:04:05.999Z"),
            ("20240131 150405123456789", "2024-01-31T15:04:05.123456789Z"),
            ("1706713445", "2024-01-31T15:04:05Z"), ("1706713445000000001", "2024-01-31T15:04:05.000000001Z"),
            ("-1000000000", "1938-04-24T22:13:20Z"),
        ]
    )
    func forms(text: String, expected: String) throws {
        let moment = try #require(ShellDate.parse(text))
        #expect(CivilTime.text(moment) == expected)
    }

    @Test(
        "are refused where they are none",
        arguments: [
            "", "today", "2024-02-30", "20240230", "20240131 25", "20240131 150", "20240131 1504051234567890",
            "20240131  15", "12345", "9223372036854775808", "2024-01-31-", "２０２４０１３１",
        ]
    )
    func refusals(text: String) { #expect(ShellDate.parse(text) == nil) }
}
