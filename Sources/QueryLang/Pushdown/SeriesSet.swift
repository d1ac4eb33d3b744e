/// A set of series: some names, or all but some names.
enum SeriesSet: PushdownSet, Equatable {
    case named(Set<String>)
    case except(Set<String>)

    static var all: SeriesSet { .except([]) }
    static var none: SeriesSet { .named([]) }

    var complement: SeriesSet {
        switch self {
        case .named(let names): .except(names)
        case .except(let names): .named(names)
        }
    }

    func intersection(_ other: SeriesSet) -> SeriesSet {
        switch (self, other) {
        case (.named(let left), .named(let right)): .named(left.intersection(right))
        case (.named(let names), .except(let absent)), (.except(let absent), .named(let names)):
            .named(names.subtracting(absent))
        case (.except(let left), .except(let right)): .except(left.union(right))
        }
    }

    func union(_ other: SeriesSet) -> SeriesSet { complement.intersection(other.complement).complement }
}
