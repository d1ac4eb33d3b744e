import Columnar
import Engine
import Measurement
import QueryLang

/// The numbers of an answer: what they look like decides what a writer costs.
enum Numbers: String, CaseIterable {
    /// Decimals as they lie in segments: prices of two digits after the point, sizes of up to eight.
    case decimals = "decimals"
    /// The same values as doubles.
    case shortDoubles = "doubles of few decimals"
    /// Doubles whose shortest text has 16 or 17 digits, as means and VWAPs have.
    case longDoubles = "doubles of full precision"
}

/// An answer like one about a market: time, symbol, five numbers.
struct AnswerRows {
    static let columns = [
        ResultColumn(name: "time", type: .timestamp), ResultColumn(name: "symbol", type: .symbol),
        ResultColumn(name: "bid", type: .float64), ResultColumn(name: "bid_size", type: .float64),
        ResultColumn(name: "ask", type: .float64), ResultColumn(name: "ask_size", type: .float64),
        ResultColumn(name: "last", type: .float64),
    ]

    private static let symbols = StringDictionary((0..<20).map { "ASSET\($0)-USDT.BINANCE" })
    /// As many as the engine's operators give at once.
    private static let batchRows = 4096
    private static let priceScale = 2
    private static let sizeScale = 8

    let numbers: Numbers
    let batches: [RecordBatch]
    let rowCount: Int

    /// Makes rows; the same for the same arguments.
    init(_ numbers: Numbers, rowCount: Int) {
        var generator = SplitMix64(state: 1)
        var time: Int64 = 1_723_161_254_236_551_067
        var batches: [RecordBatch] = []
        var made = 0
        while made < rowCount {
            let count = min(Self.batchRows, rowCount - made)
            batches.append(Self.batch(numbers, count: count, &time, &generator))
            made += count
        }
        self.numbers = numbers
        self.batches = batches
        self.rowCount = rowCount
    }

    private static func batch(
        _ numbers: Numbers,
        count: Int,
        _ time: inout Int64,
        _ generator: inout SplitMix64
    ) -> RecordBatch {
        var times: [Int64] = []
        for _ in 0..<count {
            times.append(time)
            time += Int64(generator.next() % 100_000_000)
        }
        let codes = (0..<count).map { _ in UInt32(generator.next() % UInt64(symbols.values.count)) }
        var columns: [Vector] = [
            .timestamps(times), Vector(type: .symbol, form: .dictionary(Buffer(codes), symbols)),
        ]
        for name in ["price", "size", "price", "size", "price"] {
            let scale = name == "price" ? priceScale : sizeScale
            let mantissas = (0..<count).map { _ in mantissa(isPrice: name == "price", &generator) }
            columns.append(vector(numbers, mantissas, scale: scale))
        }
        return RecordBatch(columns: columns, rowCount: count)
    }

    /// Prices around 60,000; sizes that are mostly round.
    private static func mantissa(isPrice: Bool, _ generator: inout SplitMix64) -> Int64 {
        if isPrice { return 5_000_000 + Int64(generator.next() % 2_000_000) }
        let size = 1 + Int64(generator.next() % 300_000)
        return generator.next() % 4 == 0 ? size * 1000 : size / 1000 * 1_000_000 + 100_000
    }

    private static func vector(_ numbers: Numbers, _ mantissas: [Int64], scale: Int) -> Vector {
        switch numbers {
        case .decimals: .decimals(mantissas, scale: scale)
        case .shortDoubles: .float64(mantissas.map { ScaledInteger.double($0, scale: scale) })
        case .longDoubles: .float64(mantissas.map { ScaledInteger.double($0, scale: scale) / 3 })
        }
    }
}
