public import Columnar
internal import Glibc
public import QueryLang

/// `hawkes_intensity(side, taker, decay)`: λ ← λ e^(−decay × Δt) + 1 at each trade that the taker took, Δt in seconds (Bacry,
/// Mastromatteo, Muzy 2015): the part of the intensity of a Hawkes process that its own past makes, but for a factor.
///
/// λ is told as of the last row, whoever took in it: trades of the other side, and rows that do not say, let it decay. A row
/// that is older than one before it counts as one of that time.
public struct HawkesIntensityFold: MergeableFold, Hashable {
    /// Version 1: flag, decay, sign of the taker, time, intensity.
    public static let stateVersion: UInt8 = 1
    private var hasRows = false
    private var decay = 0.0
    private var taker: Int8 = 0
    private var time: Int64 = 0
    private var intensity = 0.0

    /// No trade yet.
    public init() {}

    /// Takes a trade: the sign of who took.
    @inline(__always)
    mutating func update(_ sign: Int8, time: Int64) {
        elapse(to: time)
        if sign != 0, sign == taker { intensity += 1 }
    }

    @inline(__always)
    private mutating func elapse(to time: Int64) {
        guard hasRows else {
            hasRows = true
            self.time = time
            return
        }
        guard time > self.time else { return }
        // Times at opposite ends of what can be said are further apart than an integer can tell.
        let (apart, overflow) = time.subtractingReportingOverflow(self.time)
        let nanoseconds = overflow ? Double(time) - Double(self.time) : Double(apart)
        intensity *= exp(-decay * nanoseconds / Double(CivilTime.second))
        self.time = time
    }

    /// Takes rows; who counts and the decay are constants.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let side = arguments.firstVector, let decay = arguments.third, let row = rows.first, !decay.isNull else {
            return
        }
        if !hasRows {
            self.decay = decay.isValid(row) ? decay.double(row) : .nan
            taker = arguments.secondScalar(at: row).text?.lowercased() == "sell" ? -1 : 1
        }
        let sides = TakerSides(side)
        for row in rows { update(sides[row], time: arguments.time(row)) }
    }

    /// Takes over the other's trades, which come after.
    public mutating func merge(_ other: Self) {
        guard other.hasRows else { return }
        guard hasRows else {
            self = other
            return
        }
        elapse(to: other.time)
        intensity += other.intensity
    }

    /// The intensity as of the last row; null without rows.
    public func finalize(output: Int) throws(QueryError) -> Scalar { hasRows ? .float64(intensity) : .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(hasRows)
        writer.write(decay)
        writer.write(taker)
        writer.write(time)
        writer.write(intensity)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        hasRows = try reader.readBool()
        decay = try reader.readDouble()
        taker = try reader.read(Int8.self)
        time = try reader.readInt64()
        intensity = try reader.readDouble()
    }
}
