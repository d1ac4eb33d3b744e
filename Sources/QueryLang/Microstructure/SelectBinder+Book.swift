extension SelectBinder {
    /// The events of the book replayed, if a function of the book is asked for; else the source as it is.
    func replayed(_ source: BoundSource) throws(QueryError) -> BoundSource {
        guard !binder.book.calls.isEmpty, let table = binder.bookTable else { return source }
        let star = select.items.first { if case .all = $0.kind { true } else { false } }
        if let span = star?.span ?? binder.book.levelSpan {
            let example = binder.book.calls.elements.first?.text ?? "mid()"
            throw QueryError(
                .semantic,
                "with \(example) a row is an event of the book, which has no side, price and size of its own",
                at: span,
                hint: "name the columns of the event: time, symbol, seq, receive_time, kind, update_id, state, reason"
            )
        }
        return .book(BoundBook(table: table, calls: binder.book.calls.elements))
    }

    /// Whether the select list has to be bound once more, as calls of the book in it turned out to stand among groups.
    var mustRegroupBook: Bool { isGrouped && binder.book.hasBareCall && !binder.book.isGrouped }
}
