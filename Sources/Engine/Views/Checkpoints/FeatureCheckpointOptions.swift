public import Columnar

/// How the state of feature views is written down, so that a process that starts goes on where the one before it was.
public struct FeatureCheckpointOptions: Sendable {
    /// Where the files are.
    public var files: any StateFiles
    /// Nanoseconds from one to the next, while rows come. They are written at a clean stop, too.
    public var intervalNanoseconds: Int64
    /// Bytes that the files of all views may have together; what has no room is computed from the store at the next start.
    public var bytesMax: Int

    /// Five minutes: after a crash as much is replayed, some seconds' work, and writing takes a few hundredths of the time.
    public static let intervalDefault: Int64 = 300_000_000_000
    /// A hundred windows of 150,000 rows, or some ten thousand moving averages of a hundred instruments.
    public static let bytesDefault = 256 << 20

    /// Creates options.
    public init(
        files: any StateFiles,
        intervalNanoseconds: Int64 = intervalDefault,
        bytesMax: Int = bytesDefault
    ) {
        self.files = files
        self.intervalNanoseconds = max(intervalNanoseconds, 0)
        self.bytesMax = max(bytesMax, 0)
    }
}
