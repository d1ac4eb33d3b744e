extension Bucket {
    /// The places of the columns that a query asks for, in its order; `Nanoseconds` is always there, at the end, if the
    /// bucket has such a column. Names that no column has are passed over.
    ///
    /// - Parameter names: nil for all.
    func places(of names: [String]?) -> [Int] {
        guard let names else { return Array(columns.indices) }
        var places: [Int] = []
        for name in names + ["Nanoseconds"] {
            guard let place = columns.firstIndex(where: { $0.name == name }), !places.contains(place) else { continue }
            places.append(place)
        }
        return places
    }
}
