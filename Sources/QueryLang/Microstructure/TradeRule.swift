import Columnar

/// Rules that say who took of a trade whose venue does not: functions of the rows of a series in their order, as
/// indicators are. docs/functions/microstructure.md has them.
public enum TradeRule: String, Sendable, Hashable, CaseIterable {
    /// By the last price that differed.
    case tickRule = "tick_rule"
    /// By the middle of the quote, and at it by the last price that differed.
    case leeReady = "lee_ready"

    /// What they take and give.
    public static let signatures: [IndicatorSignature] = allCases.map { rule in
        switch rule {
        case .tickRule:
            signature(rule, ["price"], "1 for a price above the last one that differed, −1 for one below it.")
        case .leeReady:
            signature(
                rule,
                ["price", "mid"],
                "1 for a price above the mid, −1 for one below it, at it the tick rule (Lee, Ready 1991)."
            )
        }
    }

    private static func signature(_ rule: TradeRule, _ inputs: [String], _ summary: String) -> IndicatorSignature {
        IndicatorSignature(
            function: .trade(rule),
            inputs: inputs,
            parameters: [],
            outputs: [],
            type: .int64,
            summary: summary
        )
    }
}
