import QueryLang

/// The state machine of an indicator, whatever its kind: over a batch of rows, or a row at a time.
///
/// Values are the same bit for bit however rows are cut into batches: there is one loop, over one `update`.
final class IndicatorMachine {
    /// Takes some rows of columns, in which each input has a value. Rows without values get 0, and 0 for a flag; the other
    /// flags are left.
    typealias Run = (InputColumns, Range<Int>, OutputColumns, UnsafeMutablePointer<UInt8>) -> Void

    /// Columns that it takes.
    let inputCount: Int
    /// Columns that it gives.
    let outputCount: Int
    // Closures, as they are compiled for the one kind of state that they hold; methods of a generic class would look for
    // each `update` at run time.
    private let runRows: Run
    private let visitState: (inout StateVisitor) -> Void
    private let restartState: () -> Void
    private let copyMachine: () -> IndicatorMachine

    private init<State: IndicatorState>(
        _ type: State.Type,
        run: @escaping Run,
        visit: @escaping (inout StateVisitor) -> Void,
        restart: @escaping () -> Void,
        copy: @escaping () -> IndicatorMachine
    ) {
        inputCount = State.Input.columnCount
        outputCount = State.Output.columnCount
        runRows = run
        visitState = visit
        restartState = restart
        copyMachine = copy
    }

    /// The machine of an indicator that was made but not used.
    static func starting<State: IndicatorState>(_ start: State) -> IndicatorMachine { machine(start, start) }

    private static func machine<State: IndicatorState>(_ start: State, _ state: State) -> IndicatorMachine {
        let box = StateBox(start: start, state: state)
        return IndicatorMachine(
            State.self,
            run: { inputs, rows, outputs, flags in
                run(&box.state, inputs, rows, outputs, flags)
            },
            visit: { box.state.visit(&$0) },
            restart: { box.set(box.start) },
            copy: { machine(box.start, box.state) }
        )
    }

    /// The loop of each kind of indicator, with its `update` inside.
    private static func run<State: IndicatorState>(
        _ shared: inout State,
        _ inputs: InputColumns,
        _ rows: Range<Int>,
        _ outputs: OutputColumns,
        _ flags: UnsafeMutablePointer<UInt8>
    ) {
        // A local state, and nothing in the loop that takes its address: so its numbers can stay in registers.
        var state = shared
        var row = rows.lowerBound
        while row < rows.upperBound {
            if let output = state.update(State.Input(inputs, at: row)) {
                output.store(outputs, at: row)
            } else {
                flags[row] = 0
                State.Output.none.store(outputs, at: row)
            }
            row &+= 1
        }
        shared = state
    }

    /// Takes some rows.
    func run(
        _ inputs: InputColumns,
        _ rows: Range<Int>,
        into outputs: OutputColumns,
        flags: UnsafeMutablePointer<UInt8>
    ) { runRows(inputs, rows, outputs, flags) }

    /// Forgets all rows.
    func restart() { restartState() }

    /// Another machine with the same state, which from now on goes its own way.
    func copy() -> IndicatorMachine { copyMachine() }

    /// Bytes that the state keeps.
    var byteCount: Int {
        var visitor = StateVisitor.measuring
        visitState(&visitor)
        return visitor.byteCount
    }
}

/// A state, and what it was before the first row.
private final class StateBox<State: IndicatorState> {
    let start: State
    var state: State

    init(start: State, state: State) {
        self.start = start
        self.state = state
        set(state)
    }

    /// Takes a copy of a state with memory of its own.
    func set(_ state: State) {
        self.state = state
        var visitor = StateVisitor.separating
        self.state.visit(&visitor)
    }
}

extension IndicatorMachine {
    /// The version of encoded states: a change of any indicator's fields makes another.
    private static var stateVersion: UInt8 { 1 }

    /// Writes the state. What the parameters of the call determine is not written.
    func encodeState(_ writer: inout FoldStateWriter) {
        writer.write(Self.stateVersion)
        var visitor = StateVisitor.writing(writer)
        visitState(&visitor)
        writer = visitor.written
    }

    /// Takes a state that a machine of the same call has written.
    ///
    /// - Throws: ``FoldStateError`` if it is of another version or damaged; then the machine has forgotten all rows.
    func decodeState(_ reader: inout FoldStateReader) throws(FoldStateError) {
        restart()
        let version = try reader.readUInt8()
        guard version == Self.stateVersion else { throw .unknownVersion(version) }
        var visitor = StateVisitor.reading(reader)
        visitState(&visitor)
        reader = visitor.unread
        if let failure = visitor.failure {
            restart()
            throw failure
        }
    }
}

/// An indicator that is computed as its rows come, one at a time.
///
/// Copies go their own ways.
struct LiveIndicator {
    private var machine: IndicatorMachine

    /// An indicator before its first row; ``IndicatorCall/output`` does not matter, as all outputs are given.
    init(_ call: IndicatorCall) { machine = call.makeMachine() }

    /// Values that a row has.
    var inputCount: Int { machine.inputCount }
    /// Values that come out.
    var outputCount: Int { machine.outputCount }
    /// Bytes that the state keeps.
    var byteCount: Int { machine.byteCount }

    /// Takes the next row; false while there are no values, which puts zeros in their place.
    ///
    /// A row without a value in an input is not taken: the indicator gives nothing for it, and the next row follows the one
    /// before it.
    ///
    /// - Parameters:
    ///   - row: ``inputCount`` values.
    ///   - outputs: room for ``outputCount`` values.
    mutating func update(_ row: UnsafeBufferPointer<Double>, into outputs: UnsafeMutableBufferPointer<Double>) -> Bool {
        precondition(row.count == inputCount && outputs.count == outputCount, "BUG: not the columns of the indicator")
        guard let inputs = InputColumns(row: row), let targets = OutputColumns(row: outputs) else { return false }
        separate()
        var flag: UInt8 = 1
        machine.run(inputs, 0..<1, into: targets, flags: &flag)
        return flag == 1
    }

    /// Forgets all rows.
    mutating func restart() {
        separate()
        machine.restart()
    }

    /// Writes the state.
    func encodeState(_ writer: inout FoldStateWriter) { machine.encodeState(&writer) }

    /// Takes a state that an indicator of the same call has written.
    ///
    /// - Throws: ``FoldStateError`` if it is of another version or damaged; then all rows are forgotten.
    mutating func decodeState(_ reader: inout FoldStateReader) throws(FoldStateError) {
        separate()
        try machine.decodeState(&reader)
    }

    private mutating func separate() {
        if !isKnownUniquelyReferenced(&machine) { machine = machine.copy() }
    }
}

extension InputColumns {
    /// Columns of one row, whose values lie one after the other.
    fileprivate init?(row: UnsafeBufferPointer<Double>) {
        guard let base = row.baseAddress else { return nil }
        first = base
        second = row.count > 1 ? base + 1 : base
        third = row.count > 2 ? base + 2 : base
        fourth = row.count > 3 ? base + 3 : base
    }
}

extension OutputColumns {
    /// Columns of one row, whose values lie one after the other.
    fileprivate init?(row: UnsafeMutableBufferPointer<Double>) {
        guard let base = row.baseAddress else { return nil }
        first = base
        second = row.count > 1 ? base + 1 : base
        third = row.count > 2 ? base + 2 : base
        fourth = row.count > 3 ? base + 3 : base
    }
}
