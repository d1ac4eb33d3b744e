import Columnar

/// One column of rows that are being collected: a single value until a second, different one comes.
///
/// Most columns of a group made from one event are constant, and a constant costs no memory in it, in the WAL or in a
/// segment. Invariant: without memory, all `count` rows hold `first`; with it, it holds them one by one.
struct Lane<Element: BitwiseCopyable & Equatable & Sendable>: ~Copyable {
    private var memory: OwnedMemory<Element>?
    private var base: UnsafeMutablePointer<Element>?
    private var first: Element
    private var capacity = 0
    private(set) var count = 0

    init(_ zero: Element) { first = zero }

    /// Begins a column of at most `rows` rows.
    mutating func begin(rows: Int) {
        memory = nil
        base = nil
        capacity = rows
        count = 0
    }

    /// Begins a column of at most `rows` rows that are kept one by one from the first on.
    mutating func beginPlain(rows: Int) {
        begin(rows: rows)
        spell()
    }

    /// Appends the same value to so many rows.
    @inline(__always)
    mutating func append(_ value: Element, count rows: Int = 1) {
        precondition(count &+ rows <= capacity, "BUG: more rows than were counted")
        if base == nil {
            if count == 0 { first = value }
            if value == first {
                count &+= rows
                return
            }
            spell()
        }
        guard let base else { return }
        var index = count
        count &+= rows
        while index < count {
            (base + index).initialize(to: value)
            index &+= 1
        }
    }

    /// Appends rows that `body` initialises, all of them.
    @inline(__always)
    mutating func append(count rows: Int, _ body: (UnsafeMutablePointer<Element>) -> Void) {
        precondition(count &+ rows <= capacity, "BUG: more rows than were counted")
        if base == nil { spell() }
        guard let base else { return }
        body(base + count)
        count &+= rows
    }

    private mutating func spell() {
        let memory = OwnedMemory<Element>(capacity: capacity)
        memory.base.initialize(repeating: first, count: count)
        base = memory.base
        self.memory = memory
    }

    /// What was collected: one value, or a buffer of all.
    private enum Content {
        case constant(Element)
        case buffer(Buffer<Element>)
    }

    private mutating func take() -> Content {
        defer { begin(rows: 0) }
        guard let base, let memory else { return .constant(first) }
        return .buffer(Buffer(base: base, count: count, owner: memory))
    }
}

extension Lane<Int64> {
    mutating func takeIntegers() -> Vector {
        let rows = count
        switch take() {
        case .constant(let value): return Vector(type: .int64, form: .constant(.int64(value), count: rows))
        case .buffer(let values): return Vector(type: .int64, form: .int64(values))
        }
    }

    mutating func takeTimes() -> Vector {
        let rows = count
        switch take() {
        case .constant(let value): return Vector(type: .timestamp, form: .constant(.timestamp(value), count: rows))
        case .buffer(let values): return Vector(type: .timestamp, form: .int64(values))
        }
    }

    /// Decimals stay mantissas: a constant would have to be a double.
    mutating func takeDecimals(scale: Int, validity: Validity? = nil) -> Vector {
        if base == nil { spell() }
        switch take() {
        case .constant: return Vector(type: .float64, form: .constant(.null, count: 0))
        case .buffer(let values):
            return Vector(type: .float64, form: .scaledInteger(values, scale: scale), validity: validity)
        }
    }
}

extension Lane<UInt32> {
    mutating func takeSymbols(_ dictionary: StringDictionary, validity: Validity? = nil) -> Vector {
        let rows = count
        switch take() {
        case .constant(let code):
            let text = dictionary.values[Int(code)]
            return Vector(type: .symbol, form: .constant(.text(text), count: rows), validity: validity)
        case .buffer(let codes):
            return Vector(type: .symbol, form: .dictionary(codes, dictionary), validity: validity)
        }
    }
}
