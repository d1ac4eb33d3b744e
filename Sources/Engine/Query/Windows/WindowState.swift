/// Which rows a window that is written down, or read again, has seen, and which of them it can still be asked about.
///
/// Windows are written down only when the value of every row was taken, so the first row to come is the next one.
struct KeptRows {
    /// The rows of the partition so far.
    let rowCount: Int
    /// What the frames of rows to come can hold.
    let floor: FrameFloor
}

extension WindowMachine {
    /// The version of what ``encode(into:)`` writes: a change of any kernel's or finder's fields makes another.
    static let stateVersion: UInt8 = 1

    /// Far more rows than a partition can have, and far from overflow.
    static let rowsMax = 1 << 48

    /// Writes a part with its length, so that one which reads too little or too much is found out.
    static func writePart(
        into writer: inout FoldStateWriter,
        _ body: (inout FoldStateWriter) -> Void
    ) {
        var part = FoldStateWriter()
        body(&part)
        writer.write(Int64(part.bytes.count))
        part.bytes.withUnsafeBytes { writer.write(contentsOf: $0) }
    }

    /// Reads a part, all of it.
    static func readPart(
        from reader: inout FoldStateReader,
        _ body: (inout FoldStateReader) throws(FoldStateError) -> Void
    ) throws(FoldStateError) {
        let byteCount = try reader.readNumber(upTo: reader.remainingCount)
        var part = try reader.readPart(byteCount: byteCount)
        try body(&part)
        guard part.isAtEnd else { throw .malformed }
    }
}

extension FoldStateWriter {
    /// Writes the state of a fold, its version first.
    mutating func write<State: Fold>(state fold: State) {
        write(State.stateVersion)
        fold.encode(into: &self)
    }
}

extension FoldStateReader {
    /// Reads the state of a fold.
    mutating func readFold<State: Fold>(_ type: State.Type) throws(FoldStateError) -> State {
        let version = try readUInt8()
        guard version == State.stateVersion else { throw .unknownVersion(version) }
        return try State(from: &self)
    }
}
