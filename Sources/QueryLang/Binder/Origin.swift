/// Where an expression stands in the text, and where the columns in it do.
struct Origin {
    /// The whole of it.
    var span: SourceSpan
    /// Columns of the source, outside of aggregates and windows: where each is named first.
    var columns: [Int: SourceSpan] = [:]

    /// What an error about a column points at.
    func span(of column: Int) -> SourceSpan { columns[column] ?? span }
}
