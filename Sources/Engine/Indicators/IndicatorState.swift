/// A technical indicator over one series: a state machine that takes a row at a time, in order.
///
/// A query over history and a live feature run the same `update` over the same rows, so that their values are the same
/// bit for bit, however rows come. A row without a value in one of its inputs is never shown to an indicator. NaN and
/// infinities are values: what arithmetic makes of them.
///
/// Each `update` is inlined, with those of its parts, into one loop over a batch: see ``IndicatorMachine``.
protocol IndicatorState: StatePart {
    /// A row of the columns that the indicator is computed of.
    associatedtype Input: IndicatorInput
    /// What it gives for a row: a number or several.
    associatedtype Output: IndicatorOutput

    /// Takes the next row; nil while the indicator warms up.
    mutating func update(_ input: Input) -> Output?
}

/// A row of some columns of doubles.
protocol IndicatorInput: Sendable {
    /// How many columns.
    static var columnCount: Int { get }
    /// The row at an index of ``columnCount`` columns.
    init(_ columns: InputColumns, at row: Int)
}

/// One number or several, of which each makes a column.
protocol IndicatorOutput: Sendable {
    /// How many columns.
    static var columnCount: Int { get }
    /// What is put where there is no value.
    static var none: Self { get }
    /// Puts the numbers into a row of their columns.
    func store(_ columns: OutputColumns, at row: Int)
}

/// Where the columns of an indicator's inputs lie: as many as it has, at most four.
struct InputColumns {
    let first: UnsafePointer<Double>
    let second: UnsafePointer<Double>
    let third: UnsafePointer<Double>
    let fourth: UnsafePointer<Double>

    /// The most columns.
    static let countMax = 4

    /// At least one column.
    init?(_ columns: [UnsafePointer<Double>]) {
        guard let first = columns.first, columns.count <= Self.countMax else { return nil }
        self.first = first
        second = columns.count > 1 ? columns[1] : first
        third = columns.count > 2 ? columns[2] : first
        fourth = columns.count > 3 ? columns[3] : first
    }
}

/// Where the columns of an indicator's outputs lie: as many as it has, at most four.
struct OutputColumns {
    let first: UnsafeMutablePointer<Double>
    let second: UnsafeMutablePointer<Double>
    let third: UnsafeMutablePointer<Double>
    let fourth: UnsafeMutablePointer<Double>

    /// The most columns.
    static let countMax = 4

    /// At least one column.
    init?(_ columns: [UnsafeMutablePointer<Double>]) {
        guard let first = columns.first, columns.count <= Self.countMax else { return nil }
        self.first = first
        second = columns.count > 1 ? columns[1] : first
        third = columns.count > 2 ? columns[2] : first
        fourth = columns.count > 3 ? columns[3] : first
    }
}

extension Double: IndicatorOutput {
    static var columnCount: Int { 1 }
    static var none: Double { 0 }

    @inline(__always)
    func store(_ columns: OutputColumns, at row: Int) { columns.first[row] = self }
}

extension SIMD2<Double>: IndicatorOutput {
    static var columnCount: Int { 2 }
    static var none: SIMD2<Double> { SIMD2(repeating: 0) }

    @inline(__always)
    func store(_ columns: OutputColumns, at row: Int) {
        columns.first[row] = self[0]
        columns.second[row] = self[1]
    }
}

extension SIMD4<Double>: IndicatorOutput {
    static var columnCount: Int { 4 }
    static var none: SIMD4<Double> { SIMD4(repeating: 0) }

    @inline(__always)
    func store(_ columns: OutputColumns, at row: Int) {
        columns.first[row] = self[0]
        columns.second[row] = self[1]
        columns.third[row] = self[2]
        columns.fourth[row] = self[3]
    }
}

/// Three numbers: a middle line between two others, or a line, its signal and their difference.
struct ThreeLines: IndicatorOutput {
    var first: Double
    var second: Double
    var third: Double

    static var columnCount: Int { 3 }
    static var none: ThreeLines { ThreeLines(0, 0, 0) }

    @inline(__always)
    init(_ first: Double, _ second: Double, _ third: Double) {
        self.first = first
        self.second = second
        self.third = third
    }

    @inline(__always)
    func store(_ columns: OutputColumns, at row: Int) {
        columns.first[row] = first
        columns.second[row] = second
        columns.third[row] = third
    }
}
