public import Columnar

/// Values for the `$1` and `:name` of a text. In the text each is what a constant of its type would be.
public struct QueryParameters: Sendable, Hashable {
    /// A value with its type.
    public struct Value: Sendable, Hashable {
        /// The value; null has a type as well.
        public let scalar: Scalar
        /// The type that it is taken for. Text beside a timestamp becomes one, as a constant in quotes does.
        public let type: ColumnType

        /// A value of a type, which it must be of.
        public init(_ scalar: Scalar, _ type: ColumnType) {
            self.scalar = scalar
            self.type = type
        }

        /// A value of the type that a constant like it has; NULL is a text, which turns into what stands beside it.
        public init(_ scalar: Scalar) {
            self.scalar = scalar
            type =
                switch scalar {
                case .boolean: .boolean
                case .int64: .int64
                case .float64: .float64
                case .timestamp: .timestamp
                case .null, .text: .string
                }
        }
    }

    /// Values of `$1`, `$2`, …
    public var positional: [Value]
    /// Values by name, which minds case.
    public var named: [String: Value]

    /// Creates parameters.
    public init(positional: [Value] = [], named: [String: Value] = [:]) {
        self.positional = positional
        self.named = named
    }

    /// Creates parameters of values, each of the type that a constant like it has.
    public init(_ positional: [Scalar], named: [String: Scalar] = [:]) {
        self.init(positional: positional.map { Value($0) }, named: named.mapValues { Value($0) })
    }

    /// The value that a reference means; nil if there is none.
    func value(_ key: ParameterReference.Key) -> Value? {
        switch key {
        case .position(let number): number >= 1 && number <= positional.count ? positional[number - 1] : nil
        case .name(let name): named[name]
        }
    }

    /// The references that there are values for, `$1` before `:a`.
    var texts: [String] { positional.indices.map { "$\($0 + 1)" } + named.keys.sorted().map { ":\($0)" } }

    /// Fails if a value is used nowhere: it was meant for something.
    func checkUse(_ used: Set<ParameterReference.Key>) throws(QueryError) {
        let unused =
            positional.indices.first { !used.contains(.position($0 + 1)) }.map { "$\($0 + 1)" }
            ?? named.keys.sorted().first { !used.contains(.name($0)) }.map { ":\($0)" }
        guard let unused else { return }
        throw QueryError(
            .semantic,
            "the parameter \(QueryDiagnostic.shortened(unused)) does not stand in the text",
            hint: "leave its value out, or write \(QueryDiagnostic.shortened(unused)) where it belongs"
        )
    }
}
