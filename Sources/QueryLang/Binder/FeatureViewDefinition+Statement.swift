public import Columnar

extension FeatureViewDefinition {
    /// Reads a definition from the statement that made it. `id` is `micro@v1`.
    public init(id: String, statement: String) throws(QueryError) {
        let (name, version) = FeatureViewDefinition.parts(of: id)
        guard let version, case .featureView(.create(let create)) = try Parser.parse(statement).kind else {
            throw QueryError(.bug, "BUG: no definition of a feature view")
        }
        self.init(
            name: name,
            version: version,
            query: Statement(.select(create.query), span: create.name.span).text,
            statement: statement
        )
        try setOptions(of: create)
    }

    /// Takes over what stands between the name and AS.
    mutating func setOptions(of create: CreateFeatureViewStatement) throws(QueryError) {
        let (options, span) = (create.options, create.name.span)
        func length(_ interval: Interval, _ clause: String) throws(QueryError) -> Int64 {
            guard let nanoseconds = interval.nanoseconds, nanoseconds > 0 else {
                throw QueryError(.semantic, "\(clause) takes a length of time that is not zero", at: span)
            }
            return nanoseconds
        }
        tier = options.tier ?? .realtime
        switch options.storage {
        case nil: break
        case .some(.none): storage = .none
        case .onChange: storage = .onChange
        case .every(let interval): storage = .every(try length(interval, "STORE EVERY"))
        }
        timeToLive = try options.timeToLive.map { interval throws(QueryError) in try length(interval, "TTL") }
        latency = options.latency?.nanoseconds ?? 0
        owner = options.owner
        summary = options.summary
        units = options.units.map { FeatureViewDefinition.Unit(field: $0.field.name, unit: $0.unit) }
    }

    /// What tells definitions of one name apart: the SHA-256 of the canonical statement, in hexadecimal digits; of what is
    /// built in that of the query, or where no query says it, of the name with those of its features.
    public var hash: String {
        if !statement.isEmpty { return SHA256.hexadecimal(of: statement) }
        if !query.isEmpty { return SHA256.hexadecimal(of: query) }
        return SHA256.hexadecimal(of: ([id] + units.map { "\($0.field) \($0.unit)" }).joined(separator: "\n"))
    }
}
