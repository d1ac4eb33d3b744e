/// The windows of a WINDOW clause by name, each whole: with what it takes from the one that it starts from.
struct NamedWindows {
    private var windows: [String: WindowClause] = [:]
    private var names: [String] = []

    /// None.
    init() {}

    /// The windows of a clause. Each may start from one before it.
    init(_ clause: [NamedWindow]) throws(QueryError) {
        for window in clause {
            let key = window.name.name.lowercased()
            guard windows[key] == nil else {
                let shown = QueryDiagnostic.shortened(window.name.name)
                throw QueryError(.semantic, "the window '\(shown)' stands twice", at: window.name.span)
            }
            let isOwn = window.window.base?.name.lowercased() == key
            guard !isOwn, window.window.base.map({ base in isLater(base, than: names.count, in: clause) }) != true
            else {
                throw QueryError(
                    .semantic,
                    isOwn ? "a window cannot start from itself" : "a window can start from one before it only",
                    at: window.window.base?.span ?? window.name.span,
                    hint: isOwn ? nil : "put the other one first"
                )
            }
            windows[key] = try resolved(window.window)
            names.append(window.name.name)
        }
    }

    private func isLater(_ base: Identifier, than count: Int, in clause: [NamedWindow]) -> Bool {
        let wanted = base.name.lowercased()
        return windows[wanted] == nil && clause.dropFirst(count).contains { $0.name.name.lowercased() == wanted }
    }

    /// The window with what it takes from the one that it starts from. What it says itself counts.
    func resolved(_ window: WindowClause) throws(QueryError) -> WindowClause {
        guard let base = window.base else { return window }
        guard let found = windows[base.name.lowercased()] else {
            let near = NearestName.find(base.name, among: names).map { "did you mean '\($0)'?" }
            throw QueryError(
                .semantic,
                "unknown window '\(QueryDiagnostic.shortened(base.name))'",
                at: base.span,
                expected: names,
                hint: near ?? (names.isEmpty ? "WINDOW name AS (…) after FROM gives windows names" : nil)
            )
        }
        return WindowClause(
            partition: window.partition.isEmpty ? found.partition : window.partition,
            order: window.order.isEmpty ? found.order : window.order,
            frame: window.frame ?? found.frame,
            span: window.span
        )
    }
}
