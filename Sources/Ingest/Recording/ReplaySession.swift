public import Market

/// Replays recorded lines as market events: bytes in, events out, no input or output of its own.
///
/// A line that cannot be used is counted, kept in ``problems`` (the first of them) and passed over. The same bytes give
/// the same events, whatever the chunks. Owned and used by one thread or loop.
public final class ReplaySession {
    /// Errors that are kept word for word; the rest are only counted.
    public static let problemsMax = 100

    private var splitter: RecordedLineSplitter
    private var adapter: BinanceSpotAdapter
    private var lastTick: Int64 = 0

    /// What went wrong first, with line numbers.
    public private(set) var problems: [IngestError] = []
    /// Lines that could not be used.
    public private(set) var problemCount = 0
    /// Receive time of the last line that had one; 0 before the first.
    public private(set) var receiveTime: Int64 = 0

    /// How often, in receive time, instruments without a message are looked at: their clock events do not depend on it.
    private static let tickInterval: Int64 = 100_000_000

    /// Creates a session that takes these instruments (`BTC-USDT` or `BTC-USDT.BINANCE`), or all.
    public init(
        registry: InstrumentRegistry,
        sequence: SequenceSource,
        symbols: Set<String>? = nil,
        lineBytesMax: Int = RecordedLineSplitter.lineBytesMax
    ) {
        splitter = RecordedLineSplitter(lineBytesMax: lineBytesMax)
        adapter = BinanceSpotAdapter(
            configuration: .recording(symbols: symbols),
            registry: registry,
            sequence: sequence
        )
        adapter.connected(now: 0)
    }

    /// Lines taken so far, good and bad; the number of the last one.
    public var lineCount: Int { splitter.lineCount }

    /// What the lines were.
    public var counters: BinanceCounters { adapter.counters }

    /// The instruments met so far.
    public var instruments: [InstrumentID] { adapter.instruments }

    /// Appends the events of the lines that the chunk completes.
    public func feed(_ chunk: UnsafeBufferPointer<UInt8>, into batch: inout EventBatch) {
        splitter.split(chunk) { line, number in take(line, number, &batch) }
    }

    /// Appends the events of the lines that the chunk completes.
    public func feed(_ chunk: [UInt8], into batch: inout EventBatch) {
        chunk.withUnsafeBufferPointer { feed($0, into: &batch) }
    }

    /// Takes the last line if it did not end in a newline.
    public func finish(into batch: inout EventBatch) {
        splitter.finish { line, number in take(line, number, &batch) }
    }

    private func take(
        _ line: Result<UnsafeBufferPointer<UInt8>, IngestError>,
        _ number: Int,
        _ batch: inout EventBatch
    ) {
        do throws(IngestError) {
            let bytes = try line.get()
            if bytes.isEmpty { return }  // blank lines part files that were joined by hand
            let line = try RecordedLine(bytes, number: number)
            receiveTime = line.receiveTime
            if line.receiveTime &- lastTick >= Self.tickInterval || line.receiveTime < lastTick {
                lastTick = line.receiveTime
                adapter.tick(now: line.receiveTime, into: &batch)
            }
            try adapter.decode(line.frame, receiveTime: line.receiveTime, into: &batch)
        } catch {
            var error = error
            error.line = number
            problemCount += 1
            if problems.count < Self.problemsMax { problems.append(error) }
        }
        _ = adapter.takeActions()  // a recording answers no requests
    }
}
