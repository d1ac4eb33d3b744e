import Columnar
import Market
import QueryLang

/// Where the continuity of an instrument's input ends, by what its book events say: with a feed that begins again, a book
/// that is live after it was stale, and a whole book that takes the place of a live one.
struct EpochBreaks {
    private var wasStale = false
    private var lastSeq: Int64
    /// Numbers of the events that begin an epoch, ascending.
    private(set) var seqs: [Int64] = []

    /// Looks at events after this one.
    init(after seq: Int64) { lastSeq = seq }

    /// Takes rows of a book, in the order of events.
    mutating func take(seqs numbers: Buffer<Int64>, kinds: CodedWords, states: CodedWords, count: Int) {
        for row in 0..<count {
            let seq = numbers[row]
            // Of an event its first row says what it is.
            guard seq > lastSeq else { continue }
            lastSeq = seq
            guard let kind = kinds[row].flatMap(BookSlice.Kind.init), let state = states[row].flatMap(BookState.init)
            else { continue }
            switch (kind, state) {
            case (.state, .syncing): seqs.append(seq)
            case (.state, .live):
                if wasStale { seqs.append(seq) }
            case (.keyframe, .live), (.keyframe, .crossed): seqs.append(seq)
            case (.state, .stale), (.state, .crossed), (.keyframe, .syncing), (.keyframe, .stale), (.change, _),
                (.clock, _):
                break
            }
            if kind == .state { wasStale = state == .stale }
        }
    }

    /// Takes the stored rows of a book from a time on.
    mutating func take(
        _ table: TableSchema,
        _ symbol: String,
        from time: Int64,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) {
        guard let columns = BookTable(table) else { return }
        var events: [(seq: Int64, kind: UInt8?, state: UInt8?)] = []
        try BookAnchor.reading { () throws(TableError) in
            let request = ScanRequest(
                table: table.name,
                series: .named([symbol]),
                time: TimeRange(start: time, end: .max),
                columns: [table.timeColumn, columns.seq, columns.kind, columns.state].sorted()
            )
            let scan = try snapshot.scan(request)
            guard !scan.series.isEmpty else { return }
            var cursor = try scan.open(series: 0)
            while let slice = try cursor.next() {
                let numbers = try slice.vector(column: columns.seq).int64Values
                let kinds = CodedWords(try slice.vector(column: columns.kind), CodedWords.kinds)
                let states = CodedWords(try slice.vector(column: columns.state), CodedWords.states)
                for row in 0..<slice.count where numbers[row] > lastSeq && events.last?.seq != numbers[row] {
                    events.append((numbers[row], kinds[row], states[row]))
                }
            }
        }
        // Rows lie by time; events count by their numbers.
        events.sort { $0.seq < $1.seq }
        let words = { (places: [UInt8?], list: [String]) in
            CodedWords(Vector.symbols(places.map { $0.map { list[Int($0)] } ?? "" }), list)
        }
        take(
            seqs: Buffer(events.map(\.seq)),
            kinds: words(events.map(\.kind), CodedWords.kinds),
            states: words(events.map(\.state), CodedWords.states),
            count: events.count
        )
    }

    /// How many epochs began at or before an event.
    func count(through seq: Int64) -> Int { seqs.reduce(0) { $0 + ($1 <= seq ? 1 : 0) } }
}
