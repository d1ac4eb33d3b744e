import QueryLang

/// The rows of several streams, one stream after the other. A stream that is read to its end is let go of.
final class Union: PhysicalOperator {
    private var inputs: ArraySlice<any PhysicalOperator>

    init(_ inputs: [any PhysicalOperator]) { self.inputs = inputs[...] }

    func next() throws(QueryError) -> RecordBatch? {
        while let input = inputs.first {
            if let batch = try input.next() { return batch }
            inputs.removeFirst()
        }
        return nil
    }
}
