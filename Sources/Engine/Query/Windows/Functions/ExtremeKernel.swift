import Columnar
import QueryLang

/// `min(x)` and `max(x)` over integers, timestamps, doubles and decimals.
///
/// A class of its own for each type and direction gives the compiler a place for specialised code, which a generic class
/// behind a protocol does not have.
protocol ExtremeKernel: WindowKernel {
    associatedtype Value: ExtremeValue
    associatedtype Direction: ExtremeDirection
    /// The state.
    var frames: ExtremeFrames<Value, Direction> { get }
}

extension ExtremeKernel {
    func beginPartition() { frames.beginPartition() }

    func append(_ arguments: WindowArguments) { frames.append(arguments.vectors[0]) }

    func values(_ runs: [FrameRun]) -> Vector { frames.values(runs) }

    func release(_ floor: FrameFloor) { frames.release(floor) }

    var byteCount: Int { frames.byteCount }

    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) { frames.encode(into: &writer) }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        try frames.decode(from: &reader, rows)
    }
}

/// `min(x)` over float64.
final class MinKernel: ExtremeKernel {
    let frames: ExtremeFrames<Double, Smallest>
    init(_ type: ColumnType, _ frame: WindowFrame) { frames = ExtremeFrames(type, frame) }
}

/// `max(x)` over float64.
final class MaxKernel: ExtremeKernel {
    let frames: ExtremeFrames<Double, Largest>
    init(_ type: ColumnType, _ frame: WindowFrame) { frames = ExtremeFrames(type, frame) }
}

/// `min(x)` over int64 and timestamp.
final class IntegerMinKernel: ExtremeKernel {
    let frames: ExtremeFrames<Int64, Smallest>
    init(_ type: ColumnType, _ frame: WindowFrame) { frames = ExtremeFrames(type, frame) }
}

/// `max(x)` over int64 and timestamp.
final class IntegerMaxKernel: ExtremeKernel {
    let frames: ExtremeFrames<Int64, Largest>
    init(_ type: ColumnType, _ frame: WindowFrame) { frames = ExtremeFrames(type, frame) }
}
