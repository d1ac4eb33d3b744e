import Columnar

/// The rows of all tables of a family: each series is that of one table, so that a plan reads it as it would there.
struct FamilyScan: TableScan {
    private struct Place {
        let name: String
        let member: TableFamily.Member
        let scan: any TableScan
        let index: Int
    }

    private let places: [Place]
    private let types: [ColumnType]

    var series: [String] { places.map(\.name) }

    init(_ family: TableFamily, _ request: ScanRequest, _ snapshot: any TableSnapshot) throws(TableError) {
        let types = family.schema.columns.map(\.type)
        self.types = types
        var places: [Place] = []
        for (number, member) in family.members.enumerated() {
            var own = request
            own.table = member.table.name
            own.columns = Set(request.columns.compactMap { $0 < types.count ? member.columns[$0] : nil }).sorted()
            if own.columns.isEmpty { own.columns = [member.table.timeColumn] }
            let scan = try snapshot.scan(own)
            let hidden = try family.hidden(scan.series, behind: number, snapshot)
            for (index, name) in scan.series.enumerated() where !hidden.contains(name) {
                places.append(Place(name: name, member: member, scan: scan, index: index))
            }
        }
        self.places = places.sorted { OrderedText($0.name) < OrderedText($1.name) }
    }

    func open(series index: Int) throws(TableError) -> any SliceCursor {
        let place = places[index]
        return FamilyCursor(cursor: try place.scan.open(series: place.index), member: place.member, types: types)
    }
}

private struct FamilyCursor: SliceCursor {
    var cursor: any SliceCursor
    let member: TableFamily.Member
    let types: [ColumnType]

    mutating func next() throws(TableError) -> (any SeriesSlice)? { wrapped(try cursor.next()) }

    mutating func peekSummary() throws(TableError) -> (any SeriesSlice)? { wrapped(try cursor.peekSummary()) }

    mutating func skipSummary() { cursor.skipSummary() }

    private func wrapped(_ slice: (any SeriesSlice)?) -> (any SeriesSlice)? {
        slice.map { FamilySlice(slice: $0, member: member, types: types) }
    }
}

private struct FamilySlice: SeriesSlice {
    let slice: any SeriesSlice
    let member: TableFamily.Member
    let types: [ColumnType]

    var count: Int { slice.count }
    var firstTime: Int64 { slice.firstTime }
    var lastTime: Int64 { slice.lastTime }

    func vector(column: Int) throws(TableError) -> Vector {
        guard let own = member.columns[column] else { return .nulls(types[column], count: slice.count) }
        return TableFamily.converted(try slice.vector(column: own), to: types[column])
    }

    func statistics(column: Int) -> ColumnStatistics? {
        guard let own = member.columns[column], member.table.columns[own].type == types[column] else { return nil }
        return slice.statistics(column: own)
    }
}
