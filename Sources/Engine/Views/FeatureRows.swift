import Columnar
import QueryLang

/// Rows of a feature view, with what they begin with laid open.
struct FeatureRows {
    let batch: RecordBatch
    let headCount: Int
    let times: Buffer<Int64>
    let seqs: Buffer<Int64>
    let receiveTimes: Buffer<Int64>
    private let states: CodedWords?
    private let fields: [Vector]

    init(_ batch: RecordBatch, _ view: BoundFeatureView) {
        typealias Head = BoundFeatureView.Head
        self.batch = batch
        headCount = view.headCount
        times = batch.columns[Head.time].int64Values
        seqs = batch.columns[Head.seq].int64Values
        receiveTimes = batch.columns[Head.receiveTime].int64Values
        states = view.hasBookState ? CodedWords(batch.columns[Head.bookState], CodedWords.states) : nil
        fields = Array(batch.columns[view.headCount..<view.headCount + view.fields.count])
    }

    var count: Int { batch.rowCount }

    /// The instrument of a row.
    func symbol(_ row: Int) -> String { batch.columns[BoundFeatureView.Head.symbol].scalar(at: row).text ?? "" }

    /// The place of the book's state among ``CodedWords/states``; nil if the view has none.
    func state(_ row: Int) -> UInt8? { states?[row] }

    /// A feature as a number; nil if it has no value, or none that is finite.
    func value(_ field: Int, _ row: Int) -> Double? {
        let value: Double? =
            switch fields[field].scalar(at: row) {
            case .float64(let value): value
            case .int64(let value): Double(value)
            case .boolean(let value): value ? 1 : 0
            case .null, .timestamp, .text: nil
            }
        return value.flatMap { $0.isFinite ? $0 : nil }
    }

    /// All features of a row.
    func values(_ row: Int) -> [Double?] { fields.indices.map { value($0, row) } }

    /// Whether two rows have the same features, bit by bit.
    func hasFeatures(of row: Int, like other: FeatureRows, _ otherRow: Int) -> Bool {
        fields.indices.allSatisfy { field in
            switch (fields[field].scalar(at: row), other.fields[field].scalar(at: otherRow)) {
            case (.float64(let left), .float64(let right)): left.bitPattern == right.bitPattern
            case (let left, let right): left == right
            }
        }
    }
}
