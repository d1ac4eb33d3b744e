/// A fold over a window that moves along the rows: it takes rows in at one end and gives them back at the other.
///
/// Integers and decimals are exact sums, so taking a row out leaves the state as if the row had never been there. Doubles
/// are sums with a rounding error behind them (``PreciseSum``, ``DoubleSum``), which eviction does not take back; so the
/// sums are built anew at points that depend on nothing but the rows: after every ``resummationEvictions`` rows of
/// doubles that were evicted, and whenever the window has become empty. Between two points the error stays below
/// n² 2^-106 of the largest Σ|x| that the window had, for n rows taken and evicted since the last one.
///
/// A caller goes row by row, so that the points do not depend on how rows were cut into slices:
///
///     window.update(arguments, rows: new)
///     window.evict(arguments, rows: old)
///     if window.isResummationDue { window.initialize(); window.update(arguments, rows: stillInside) }
public protocol WindowFold: Fold {
    /// Takes the oldest rows out again, in their order. They must be in the state.
    mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>)
    /// Whether evictions may have left rounding errors that should go: the caller then initializes the fold and updates it
    /// with the rows that are still in the window. Never for integers and decimals.
    var isResummationDue: Bool { get }
}

/// The bounds of window folds.
public enum WindowFoldLimits {
    /// Evictions of doubles after which sums are built anew: few enough that the error of a window of a million rows stays
    /// below 2^-66 of its Σ|x|, and so many that a window of 4,096 rows pays one more addition a row for it.
    public static let resummationEvictions = 4096
}
