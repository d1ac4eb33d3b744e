/// The values and statuses of all features of one instrument.
struct FeatureRow: Sendable {
    private(set) var values: [Double]
    private(set) var statuses: [ValueStatus]

    /// A row in which every feature has a status and no value.
    init(status: ValueStatus) {
        values = [Double](repeating: 0, count: FeatureCatalog.features.count)
        statuses = [ValueStatus](repeating: status, count: FeatureCatalog.features.count)
    }

    /// Sets a value; nil is NULL, and so is what is no finite number.
    @inline(__always)
    mutating func set(_ feature: Int, _ value: Double?) {
        if let value, value.isFinite {
            values[feature] = value
            statuses[feature] = .present
        } else {
            set(feature, status: .null)
        }
    }

    /// Sets the double nearest to a decimal; nil is NULL.
    @inline(__always)
    mutating func set(_ feature: Int, decimal mantissa: Int128?, scale: Int) {
        set(feature, mantissa.map { NearestDouble.decimal($0, scale: scale) })
    }

    /// Takes a feature's value away.
    @inline(__always)
    mutating func set(_ feature: Int, status: ValueStatus) {
        values[feature] = 0
        statuses[feature] = status
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
