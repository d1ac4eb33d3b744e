import Columnar
import QueryLang

/// An aggregate over frames that move, through a fold that gives rows back: O(1) a row.
///
/// For each frame the rows before it leave, then those up to its end come, one after the other, so that the state has the same
/// bits however rows were cut. What rounding leaves of doubles goes when sums are built anew from the rows of a frame: after so
/// many evictions as ``WindowFold`` says, when no row stays, and when ``SpreadWatch`` says so of an argument.
final class MovingFoldKernel<State: WindowFold>: WindowKernel {
    private let type: ColumnType
    private let checkpoint: () throws(QueryError) -> Void
    private let rows = KeptArguments()
    private var state = State()
    private var frame = 0..<0
    private var value: Scalar?
    private var watches = [SpreadWatch(), SpreadWatch()]
    private var sinceCheck = 0

    /// Rows after which a query that was cancelled shall notice.
    private static var checkedRows: Int { 1 << 16 }

    init(_ type: ColumnType, checkpoint: @escaping () throws(QueryError) -> Void) {
        self.type = type
        self.checkpoint = checkpoint
    }

    func beginPartition() {
        rows.reset()
        state.initialize()
        frame = 0..<0
        value = nil
        watches = [SpreadWatch(), SpreadWatch()]
    }

    func append(_ arguments: WindowArguments) { rows.append(arguments) }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        let builder = VectorBuilder(type)
        for run in runs {
            for index in 0..<run.count {
                let next = run.start[index]..<run.end[index]
                if next != frame { try move(to: next) }
                builder.append(try currentValue(), count: 1)
            }
        }
        return builder.take()
    }

    private func currentValue() throws(QueryError) -> Scalar {
        if let value { return value }
        let value = try state.finalize(output: 0)
        self.value = value
        return value
    }

    private func move(to next: Range<Int>) throws(QueryError) {
        value = nil
        sinceCheck += next.upperBound - frame.upperBound
        if sinceCheck > Self.checkedRows {
            sinceCheck = 0
            try checkpoint()
        }
        if next.lowerBound >= frame.upperBound {
            state.initialize()
            watches = [SpreadWatch(), SpreadWatch()]
            frame = next.lowerBound..<next.lowerBound
        }
        rows.forEachPart(of: frame.lowerBound..<next.lowerBound) { _, arguments, rows in
            state.evict(arguments, rows: rows)
        }
        for index in watches.indices { watches[index].removeFirst(next.lowerBound - frame.lowerBound) }
        let end = max(frame.upperBound, next.upperBound)
        rows.forEachPart(of: frame.upperBound..<end) { _, arguments, rows in
            state.update(arguments, rows: rows)
            watch(arguments, rows)
        }
        frame = next.lowerBound..<end
        guard state.isResummationDue || watches.contains(where: \.isNarrowed) else { return }
        state.initialize()
        rows.forEachPart(of: frame) { _, arguments, rows in state.update(arguments, rows: rows) }
        for index in watches.indices { watches[index].reset() }
    }

    /// Watches the values of rows in which no argument is null.
    private func watch(_ arguments: borrowing FoldArguments, _ rows: Range<Int>) {
        let (x, y) = (arguments.first, arguments.second)
        for row in rows {
            let isThere = x.map { !$0.isNull && $0.isValid(row) } ?? false
            let isBoth = isThere && (y.map { !$0.isNull && $0.isValid(row) } ?? true)
            watches[0].append(isBoth ? x?.double(row) : nil)
            watches[1].append(isBoth ? y?.double(row) : nil)
        }
    }

    /// What was taken leaves only when the next frame is known.
    func release(_ floor: FrameFloor) { rows.forget(before: min(frame.lowerBound, floor.firstRow)) }

    var byteCount: Int { rows.byteCount }
}

extension MovingFoldKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        writer.write(Int64(frame.lowerBound))
        writer.write(Int64(frame.upperBound))
        WindowMachine.writePart(into: &writer) { $0.write(state: state) }
        for watch in watches { watch.encode(into: &writer) }
        self.rows.encode(into: &writer, from: min(frame.lowerBound, rows.floor.firstRow))
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        let lower = try reader.readNumber(upTo: rows.rowCount)
        let upper = try reader.readNumber(upTo: rows.rowCount)
        guard lower <= upper else { throw .malformed }
        frame = lower..<upper
        try WindowMachine.readPart(from: &reader) { (part) throws(FoldStateError) in
            state = try part.readFold(State.self)
        }
        for index in watches.indices { watches[index] = try SpreadWatch(from: &reader) }
        try self.rows.decode(from: &reader, rowCount: rows.rowCount, floor: min(lower, rows.floor.firstRow))
    }
}
