/// Something that the state of an indicator is made of.
///
/// A part names its fields to a visitor, which separates a copy, writes the state, reads it, or adds up its memory. What the
/// parameters of the indicator determine is not named: a state is read into one that was made with the same parameters.
///
/// Parts that keep many values hold them in memory that a plain copy shares. Only ``IndicatorMachine`` copies states, and it
/// separates every copy before either is used, so that a part may write to its memory without asking whose it is.
protocol StatePart: Sendable {
    /// Shows the fields that change, in a fixed order.
    mutating func visit(_ visitor: inout StateVisitor)
}

/// What is done with each field of a state.
struct StateVisitor {
    private enum Purpose {
        case separate
        case measure
        case write
        case read
    }

    private let purpose: Purpose
    private var writer = FoldStateWriter()
    private var reader = FoldStateReader([])
    /// Bytes of memory that parts hold beside their fields.
    private(set) var byteCount = 0
    /// Why a state cannot be read: then it must not be used.
    private(set) var failure: FoldStateError?

    private init(_ purpose: Purpose) { self.purpose = purpose }

    /// Gives a copied state memory of its own.
    static var separating: StateVisitor { StateVisitor(.separate) }

    /// Adds up memory.
    static var measuring: StateVisitor { StateVisitor(.measure) }

    /// Writes fields after what was written before.
    static func writing(_ writer: FoldStateWriter) -> StateVisitor {
        var visitor = StateVisitor(.write)
        visitor.writer = writer
        return visitor
    }

    /// Reads fields that ``writing(_:)`` wrote.
    static func reading(_ reader: FoldStateReader) -> StateVisitor {
        var visitor = StateVisitor(.read)
        visitor.reader = reader
        return visitor
    }

    /// What was written.
    var written: FoldStateWriter { writer }
    /// What is yet to be read.
    var unread: FoldStateReader { reader }

    /// A field of eight bytes.
    mutating func visit(_ bits: inout UInt64) {
        switch purpose {
        case .separate, .measure: return
        case .write: writer.write(bits)
        case .read:
            if failure != nil { return }
            do throws(FoldStateError) { bits = try reader.read(UInt64.self) } catch { failure = error }
        }
    }

    /// A number of values, or a place among them, at most a limit.
    mutating func visit(_ number: inout Int, upTo most: Int) {
        number.visit(&self)
        if purpose == .read, !(0...max(most, 0)).contains(number) {
            number = 0
            fail()
        }
    }

    /// The first values of a memory.
    mutating func visit(_ memory: inout StateMemory, count: Int) {
        switch purpose {
        case .separate: memory.separate(count)
        case .measure: byteCount += memory.capacity * MemoryLayout<Double>.stride
        case .write: for index in 0..<count { writer.write(memory[index]) }
        case .read:
            // What is not there cannot be read, so that foreign bytes do not ask for memory.
            memory = StateMemory(capacity: 0)
            for index in 0..<count {
                var value = 0.0
                value.visit(&self)
                if failure != nil { return }
                memory.put(value, at: index)
            }
        }
    }

    /// Says that what was read cannot be a state.
    mutating func fail() { if failure == nil { failure = .malformed } }
}

extension Double: StatePart {
    mutating func visit(_ visitor: inout StateVisitor) {
        var bits = bitPattern
        visitor.visit(&bits)
        self = Double(bitPattern: bits)
    }
}

extension Int: StatePart {
    mutating func visit(_ visitor: inout StateVisitor) {
        var bits = UInt64(bitPattern: Int64(self))
        visitor.visit(&bits)
        self = Int(truncatingIfNeeded: bits)
    }
}

extension Bool: StatePart {
    mutating func visit(_ visitor: inout StateVisitor) {
        var bits: UInt64 = self ? 1 : 0
        visitor.visit(&bits)
        if bits > 1 { visitor.fail() }
        self = bits == 1
    }
}

extension SIMD2<Double>: StatePart {
    mutating func visit(_ visitor: inout StateVisitor) { for index in indices { self[index].visit(&visitor) } }
}

extension SIMD4<Double>: StatePart {
    mutating func visit(_ visitor: inout StateVisitor) { for index in indices { self[index].visit(&visitor) } }
}

extension SIMD8<Double>: StatePart {
    mutating func visit(_ visitor: inout StateVisitor) { for index in indices { self[index].visit(&visitor) } }
}

extension Array: StatePart where Element: StatePart {
    /// How many parts there are is given by the parameters.
    mutating func visit(_ visitor: inout StateVisitor) { for index in indices { self[index].visit(&visitor) } }
}
