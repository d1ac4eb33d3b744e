public import Columnar

/// What an indicator takes and gives.
public struct IndicatorSignature: Sendable, Hashable {
    /// A constant that may be given after the inputs.
    public struct Parameter: Sendable, Hashable {
        /// What values it can have.
        public enum Values: Sendable, Hashable {
            /// Whole numbers.
            case whole(ClosedRange<Int>)
            /// Numbers.
            case real(ClosedRange<Double>)
            /// The name of an ``AverageKind``, or its number.
            case average
        }

        /// Its name, for messages and documentation.
        public let name: String
        /// What values it can have.
        public let values: Values
        /// What it is if it is not given.
        public let `default`: Double

        /// The default, as a query would say it.
        public var defaultText: String {
            switch values {
            case .whole: "\(Int(`default`))"
            case .real: "\(`default`)"
            case .average: "'\(AverageKind(rawValue: Int(`default`))?.name ?? "")'"
            }
        }
    }

    /// Which one it is.
    public let function: IndicatorFunction
    /// The columns that it is computed of, all numeric.
    public let inputs: [String]
    /// The constants.
    public let parameters: [Parameter]
    /// Names of the columns that it gives; empty if it is one value.
    public let outputs: [String]
    /// The type of what it gives.
    public let type: ColumnType
    /// One sentence.
    public let summary: String

    /// What queries call it.
    public var name: String { function.name }
}

extension IndicatorSignature.Parameter {
    /// The number of rows that counts.
    static func rows(_ value: Int, from least: Int = 2) -> Self { rows("period", value, from: least) }

    /// A number of rows.
    static func rows(_ name: String, _ value: Int, from least: Int = 2) -> Self {
        Self(name: name, values: .whole(least...IndicatorCatalog.rowsMax), default: Double(value))
    }

    /// A number.
    static func real(_ name: String, _ value: Double, _ range: ClosedRange<Double> = -1e9...1e9) -> Self {
        Self(name: name, values: .real(range), default: value)
    }

    /// The kind of an average.
    static func average(_ name: String = "average", _ kind: AverageKind = .simple) -> Self {
        Self(name: name, values: .average, default: Double(kind.rawValue))
    }
}

extension IndicatorSignature {
    init(
        _ indicator: TechnicalIndicator,
        _ inputs: [String],
        _ parameters: [Parameter],
        outputs: [String] = [],
        type: ColumnType = .float64,
        _ summary: String
    ) {
        self.init(
            function: .technical(indicator),
            inputs: inputs,
            parameters: parameters,
            outputs: outputs,
            type: type,
            summary: summary
        )
    }

    init(
        _ indicator: TechnicalIndicator,
        _ inputs: [String],
        outputs: [String] = [],
        type: ColumnType = .float64,
        _ summary: String
    ) {
        self.init(indicator, inputs, [], outputs: outputs, type: type, summary)
    }

    init(_ pattern: CandlestickPattern) {
        self.init(
            function: .pattern(pattern),
            inputs: ["open", "high", "low", "close"],
            parameters: pattern.depth.map { [.real("penetration", $0, 0...1e9)] } ?? [],
            outputs: [],
            type: .int64,
            summary: pattern.summary
        )
    }
}
