/// The kinds of moving averages that an indicator can be made of. Queries name them, or give TA-Lib's number.
public enum AverageKind: Int, Sendable, Hashable, CaseIterable {
    case simple = 0
    case exponential = 1
    case weighted = 2
    case doubleExponential = 3
    case tripleExponential = 4
    case triangular = 5
    case kaufman = 6
    case mesa = 7
    case tillson = 8
    case hull = 9
    case none = 10
    case zeroLag = 12
    case wilder = 13

    /// What a query calls it.
    public var name: String {
        switch self {
        case .simple: "sma"
        case .exponential: "ema"
        case .weighted: "wma"
        case .doubleExponential: "dema"
        case .tripleExponential: "tema"
        case .triangular: "trima"
        case .kaufman: "kama"
        case .mesa: "mama"
        case .tillson: "t3"
        case .hull: "hma"
        case .none: "none"
        case .zeroLag: "zlema"
        case .wilder: "rma"
        }
    }

    /// The kind of this name, without regard to case.
    public init?(named name: String) {
        let wanted = name.lowercased()
        guard let kind = AverageKind.allCases.first(where: { $0.name == wanted }) else { return nil }
        self = kind
    }
}
