import Columnar
import MarketStore

/// How much disk bars take, here and in MarketStore.
struct DiskEstimate {
    /// Bytes of a value of 4 bytes and of one of 8 in a segment. Of a generated year of bars of a minute
    /// (docs/marketstore-import.md) volumes of up to 5,000 took as much, as i8; prices that walk in hundredths, as f4, a sixth
    /// of it, since they are short decimals: others are not. Times of bars without gaps, and the symbol, take nothing that
    /// counts.
    static let bytesOfFour = 2.8
    static let bytesOfEight = 1.6
    /// MarketStore's header of a year file.
    private static let headerBytes = 37_024.0

    /// What is asked for; the defaults are MarketStore's.
    struct Asked {
        var symbols: Int64 = 1_000
        var timeframe = "1Min"
        var years: Int64 = 10
        var days: Int64 = 261
        var hours = 6.5
        var fourByteColumns: Int64 = 0
        var eightByteColumns: Int64 = 5
    }

    private let rows: Double
    private let bytes: Double
    private let theirBytes: Double
    private let title: String

    /// Reads what is asked for; throws what is none.
    init(_ asked: Asked) throws(ConfigurationError) {
        guard let timeframe = Timeframe(asked.timeframe) else {
            throw ConfigurationError("--timeframe: '\(asked.timeframe)' is none, such as 1Sec, 5Min, 1H or 1D")
        }
        let counts = [asked.symbols, asked.years, asked.days, asked.fourByteColumns, asked.eightByteColumns]
        guard counts.allSatisfy({ $0 >= 0 }), asked.hours >= 0, asked.hours <= 24, asked.days <= 366 else {
            throw ConfigurationError("numbers must not be negative; a day has 24 hours at most, and a year 366 days")
        }
        let day = Double(CivilTime.day)
        let open = day * (timeframe.nanoseconds >= CivilTime.day ? 1 : asked.hours / 24)
        let rowsAYear = (Double(asked.days) * open / Double(timeframe.nanoseconds)).rounded(.up)
        let files = Double(asked.symbols) * Double(asked.years)
        rows = rowsAYear * files
        bytes =
            rows
            * (Self.bytesOfFour * Double(asked.fourByteColumns) + Self.bytesOfEight * Double(asked.eightByteColumns))
        let row = 4 * Double(asked.fourByteColumns) + 8 * Double(asked.eightByteColumns)
        theirBytes = files * Self.headerBytes + rows * (8 + 8 * (row / 8).rounded(.up))
        title = "\(asked.symbols) symbols, \(asked.years) years of \(asked.timeframe)"
    }

    /// What people are told.
    var lines: [String] {
        [
            "Estimated space required for \(title): \(Self.text(bytes)), \(Self.whole(rows)) rows",
            "MarketStore's files of the same rows, without the holes between them: \(Self.text(theirBytes))",
        ]
    }

    private static func whole(_ value: Double) -> String { value < 1e18 ? "\(Int64(value))" : "\(value)" }

    /// Sizes in powers of 1000, as MarketStore tells them.
    private static func text(_ bytes: Double) -> String {
        var (value, unit) = (bytes / 1_000, 0)
        let units = ["KB", "MB", "GB", "TB", "PB", "EB"]
        while value >= 1_000, unit + 1 < units.count { (value, unit) = (value / 1_000, unit + 1) }
        return value <= 10_000 ? "\(SizeText.tenths(value)) \(units[unit])" : "more than 10,000 EB"
    }
}
