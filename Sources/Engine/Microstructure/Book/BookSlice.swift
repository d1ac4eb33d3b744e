import Columnar
import Market
import QueryLang

/// The columns of a slice of stored book rows, laid open.
struct BookSlice {
    /// What a row is; see docs/tables.md.
    enum Kind: UInt8 {
        case change = 0
        case keyframe = 1
        case state = 2
        case clock = 3
    }

    let count: Int
    let times: Buffer<Int64>
    let seqs: Buffer<Int64>
    private let receiveTimes: Buffer<Int64>
    private let updateIDs: Buffer<Int64>
    private let kinds: CodedWords
    private let sides: CodedWords
    private let states: CodedWords
    private let reasons: CodedWords
    private let prices: DecimalMantissas
    private let sizes: DecimalMantissas
    private let hasPrice: Validity?
    private let hasSize: Validity?

    init(_ slice: any SeriesSlice, _ table: TableSchema, _ columns: BookTable) throws(QueryError) {
        do throws(TableError) {
            count = slice.count
            times = try slice.vector(column: table.timeColumn).int64Values
            seqs = try slice.vector(column: columns.seq).int64Values
            receiveTimes = try slice.vector(column: columns.receiveTime).int64Values
            updateIDs = try slice.vector(column: columns.updateID).int64Values
            kinds = CodedWords(try slice.vector(column: columns.kind), CodedWords.kinds)
            sides = CodedWords(try slice.vector(column: columns.side), CodedWords.sides)
            states = CodedWords(try slice.vector(column: columns.state), CodedWords.states)
            reasons = CodedWords(try slice.vector(column: columns.reason), CodedWords.reasons)
            let price = try slice.vector(column: columns.price)
            let size = try slice.vector(column: columns.size)
            guard let prices = DecimalMantissas(price), let sizes = DecimalMantissas(size) else {
                throw TableError(
                    .invalid,
                    "a price or size in '\(table.name)' is no decimal of 64 bits, so the book cannot be replayed"
                )
            }
            self.prices = prices
            self.sizes = sizes
            hasPrice = price.validity
            hasSize = size.validity
        } catch {
            throw QueryError(error)
        }
    }

    /// What a row is; nil if its word is unknown.
    func kind(_ row: Int) -> Kind? { kinds[row].flatMap(Kind.init) }

    /// The first row after `row` that is of another event, or another kind.
    func end(of row: Int) -> Int {
        var end = row &+ 1
        while end < count, seqs[end] == seqs[row], times[end] == times[row], kinds[end] == kinds[row] { end &+= 1 }
        return end
    }

    /// An event without levels yet, from its first row.
    func event(_ row: Int, _ kind: BookEvent.Kind) -> BookEvent {
        BookEvent(
            seq: seqs[row],
            time: times[row],
            receiveTime: receiveTimes[row],
            updateID: updateIDs[row],
            kind: kind,
            state: states[row].flatMap(BookState.init) ?? .syncing,
            reason: kind == .state ? reasons[row].flatMap(StateReason.init) : nil,
            priceScale: prices.scale,
            sizeScale: sizes.scale
        )
    }

    /// Appends the levels of rows; rows without one are passed over.
    func appendLevels(_ rows: Range<Int>, to levels: inout [LevelChange]) {
        levels.reserveCapacity(levels.count + rows.count)
        for row in rows {
            guard let code = sides[row], let side = Side(rawValue: code), hasPrice?[row] ?? true, hasSize?[row] ?? true
            else { continue }
            levels.append(LevelChange(side: side, price: prices.values[row], size: sizes.values[row]))
        }
    }

    var priceScale: Int { prices.scale }
    var sizeScale: Int { sizes.scale }
}

/// A column of words out of a short list, as their places in it.
struct CodedWords {
    static let kinds = ["change", "keyframe", "state", "clock"]
    static let sides = ["bid", "ask"]
    static let states = BookState.allCases.map(\.name)
    static let reasons = StateReason.allCases.map(\.name)

    /// Stands for null and for words that are not in the list.
    private static let none = UInt8.max

    private let codes: Buffer<UInt32>?
    private let places: [UInt8]
    private let constant: UInt8
    private let validity: Validity?
    private let others: [UInt8]?

    init(_ vector: Vector, _ words: [String]) {
        func place(_ text: String?) -> UInt8 { words.firstIndex { $0 == text }.map(UInt8.init) ?? Self.none }
        validity = vector.validity
        switch vector.form {
        case .dictionary(let codes, let dictionary):
            self.codes = codes
            places = dictionary.values.map(place)
            constant = Self.none
            others = nil
        case .constant(let value, _):
            codes = nil
            places = []
            constant = place(value.text)
            others = nil
        default:
            codes = nil
            places = []
            constant = Self.none
            others = (0..<vector.count).map { place(vector.scalar(at: $0).text) }
        }
    }

    /// The place of a row's word; nil if it is null or another word.
    @inline(__always)
    subscript(row: Int) -> UInt8? {
        if let validity, !validity[row] { return nil }
        var place = constant
        if let codes {
            let code = Int(codes[row])
            place = code < places.count ? places[code] : Self.none
        } else if let others {
            place = others[row]
        }
        return place == Self.none ? nil : place
    }
}
