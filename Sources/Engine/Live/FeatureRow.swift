/// The values and statuses of all features of one instrument, in place, without a heap allocation.
struct FeatureRow: Sendable {
    private var values: InlineArray<29, Double>
    private var statuses: InlineArray<29, ValueStatus>

    /// The number of features; a test holds the catalog to it.
    static let count = 29

    /// A row in which no feature has a value.
    init(book: ValueStatus, trades: ValueStatus) {
        values = InlineArray(repeating: 0)
        statuses = InlineArray(repeating: trades)
        set(FeatureCatalog.bookRange, status: book)
    }

    /// Sets a value; nil is NULL, and so is what is no finite number.
    @inline(__always)
    mutating func set(_ feature: Int, _ value: Double?) {
        if let value, value.isFinite {
            values[feature] = value
            statuses[feature] = .present
        } else {
            values[feature] = 0
            statuses[feature] = .null
        }
    }

    /// Takes the values of features away.
    mutating func set(_ features: Range<Int>, status: ValueStatus) {
        for feature in features {
            values[feature] = 0
            statuses[feature] = status
        }
    }

    /// Keeps the values of features and flags them; those without a value keep their status.
    mutating func markStale(_ features: Range<Int>) {
        for feature in features where statuses[feature] == .present { statuses[feature] = .stale }
    }

    /// Whether a feature differs from another row's: in status, or bit for bit in value.
    @inline(__always)
    func differs(_ feature: Int, from other: FeatureRow) -> Bool {
        statuses[feature] != other.statuses[feature]
            || values[feature].bitPattern != other.values[feature].bitPattern
    }

    /// The feature as it is published.
    @inline(__always)
    func value(_ feature: Int) -> FeatureValue {
        FeatureValue(feature: feature, value: values[feature], status: statuses[feature])
    }

    /// Takes over one feature of another row.
    @inline(__always)
    mutating func copy(_ feature: Int, from other: FeatureRow) {
        values[feature] = other.values[feature]
        statuses[feature] = other.statuses[feature]
    }
}
