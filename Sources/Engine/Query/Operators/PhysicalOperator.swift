import QueryLang

/// A step of an execution that gives rows, a batch at a time, to whoever pulls it.
protocol PhysicalOperator: AnyObject {
    /// The next rows, never none; nil after the last.
    func next() throws(QueryError) -> RecordBatch?
}

/// Gives the rows of one series, still lying in their slices.
protocol RowSource: AnyObject {
    /// The next rows, never none; nil after the last.
    func next() throws(QueryError) -> RowBatch?
}
