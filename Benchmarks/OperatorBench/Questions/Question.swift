import Columnar
import OperatorLoops

/// A question to the engine, and a loop that answers it too.
struct Question {
    let name: String
    /// The query's text.
    let text: String
    /// The query whose answer is told and checked, where that is another.
    let answerText: String
    /// Nil where no loop over all rows would make sense: then the cost is told by query, unless ``isPerRow``.
    let loop: Loop?
    /// Whether the cost is told by row.
    let isPerRow: Bool

    init(_ name: String, _ text: String, _ loop: Loop? = nil) {
        self.name = name
        self.text = text
        answerText = text
        self.loop = loop
        isPerRow = loop != nil
    }

    /// A question about all rows; mostly no loop answers it.
    init(perRow name: String, _ text: String, answer: String? = nil, _ loop: Loop? = nil) {
        self.name = name
        self.text = text
        answerText = answer ?? text
        self.loop = loop
        isPerRow = true
    }
}

/// A loop that can be run again and again.
struct Loop {
    /// Does the work that is measured.
    let run: () -> Void
    /// What the last run found, as the engine's answer shows it.
    let answer: () -> Answer

    init(run: @escaping () -> Void, answer: @escaping () -> Answer) {
        self.run = run
        self.answer = answer
    }

    /// A loop over trades that finds one double.
    static func double(over market: Market, _ body: @escaping (UnsafePointer<loop_trades>) -> Double) -> Loop {
        var found = 0.0
        return Loop {
            found = withUnsafePointer(to: market.loopTrades, body)
        } answer: {
            Answer([.float64(found)])
        }
    }

    /// A loop over trades that finds one decimal, as its mantissa.
    static func decimal(
        over market: Market,
        scale: Int,
        _ body: @escaping (UnsafePointer<loop_trades>) -> Int64
    ) -> Loop {
        var found: Int64 = 0
        return Loop {
            found = withUnsafePointer(to: market.loopTrades, body)
        } answer: {
            Answer([.decimal(found, scale: scale)])
        }
    }
}

extension Scalar {
    /// What SQL sees of a decimal.
    static func decimal(_ mantissa: Int64, scale: Int) -> Scalar {
        .float64(ScaledInteger.double(mantissa, scale: scale))
    }
}

extension Market {
    /// All questions, in the order in which they are asked.
    var questions: [Question] {
        aggregates + statistics + groups + orders + joins + windows + tails + tradeFlows + books
    }

    /// Trades of all series.
    var tradeCount: Int { series.count * rows }

    /// 10 to the scale of prices.
    var pricePower: Double { ScaledInteger.powersOfTen[Self.priceScale] }

    /// 10 to the scale of sizes.
    var sizePower: Double { ScaledInteger.powersOfTen[Self.sizeScale] }

    /// Room for a hash table of all accounts, at most half full.
    var accountSlots: Int {
        var slots = 64
        while slots < 2 * accounts.count { slots *= 2 }
        return slots
    }
}
