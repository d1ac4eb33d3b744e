/// Errors that do not follow from one another, collected to be thrown as one.
struct QueryErrors {
    /// More would not be read.
    static let countMax = 10

    private(set) var errors: [QueryError] = []

    /// Takes an error with those that it brings; the same error at the same place counts once.
    mutating func add(_ error: QueryError) {
        for error in error.all where errors.count < Self.countMax {
            let isKnown = errors.contains { $0.span == error.span && $0.message == error.message }
            if !isKnown { errors.append(error) }
        }
    }

    /// Throws what was collected: the first error of the text, and with it the others.
    func check() throws(QueryError) {
        let sorted = errors.sorted { ($0.span?.start ?? 0) < ($1.span?.start ?? 0) }
        guard var first = sorted.first else { return }
        first.further = Array(sorted.dropFirst())
        throw first
    }
}
