internal import Columnar
internal import Documents
internal import QueryLang

extension QueryParameters {
    /// What the member `params` of a request says: a list has the values of `$1`, `$2`, …, an object those of `:name`.
    ///
    /// A value has the type of a constant like it: `true`, a whole number, another number, text (beside a timestamp an
    /// instant), `null`.
    init(_ value: DocumentValue) throws(ProblemError) {
        switch value {
        case .array(let values):
            self.init(try values.map { value throws(ProblemError) in try Self.scalar(value) })
        case .object(let values):
            var named: [String: Scalar] = [:]
            for member in values { named[member.key] = try Self.scalar(member.value) }
            self.init([], named: named)
        default:
            throw QueryRequest.bad(
                "bad_parameter",
                "params must be a list, for $1, $2, …, or an object, for :name"
            )
        }
    }

    private static func scalar(_ value: DocumentValue) throws(ProblemError) -> Scalar {
        switch value {
        case .null: return .null
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .int64(value)
        case .number(let value): return .float64(value)
        case .string(let text): return .text(text)
        case .binary, .timestamp, .array, .object:
            throw QueryRequest.bad("bad_parameter", "a parameter is a number, a text, true, false or null")
        }
    }
}
