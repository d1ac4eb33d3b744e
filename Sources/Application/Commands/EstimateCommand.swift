import ArgumentParser

/// `tickgate estimate`: how much disk some bars will take.
struct EstimateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimate",
        abstract: "Estimate the disk that bars take, from measured bytes a row; the flags are those of MarketStore.",
        discussion:
            "Bytes a value are those of generated bars (docs/marketstore-import.md); real ones differ by their noise."
    )

    @Option(name: .shortAndLong, help: "Number of symbols.")
    var symbols: Int64 = 1_000

    @Option(name: .shortAndLong, help: "Timeframe of the bars.")
    var timeframe = "1Min"

    @Option(name: .shortAndLong, help: "Number of years.")
    var years: Int64 = 10

    @Option(name: .shortAndLong, help: "Trading days of a year.")
    var days: Int64 = 261

    @Option(help: "Hours of a day in which there are bars.")
    var hours = 6.5

    @Option(name: .customLong("4byteCols"), help: "Number of columns of 4 bytes (f4, i4).")
    var fourByteColumns: Int64 = 0

    @Option(name: .customLong("8byteCols"), help: "Number of columns of 8 bytes (f8, i8).")
    var eightByteColumns: Int64 = 5

    func run() throws {
        try CommandError.explaining {
            let asked = DiskEstimate.Asked(
                symbols: symbols,
                timeframe: timeframe,
                years: years,
                days: days,
                hours: hours,
                fourByteColumns: fourByteColumns,
                eightByteColumns: eightByteColumns
            )
            for line in try DiskEstimate(asked).lines { print(line) }
        }
    }
}
