/// By whose rules the binder reads a statement. The grammar is one; names of columns, nulls and types differ.
public enum QueryDialect: String, Sendable, Hashable, CaseIterable {
    /// SQL's: three truth values, NaN is a value, `first` and `last` skip nulls.
    case tickgate
    /// QuestDB's: NULL equals NULL, a comparison is true or false, `first` and `last` take a null for what it is, and a
    /// column without an alias is called by its text.
    case questdb
    /// MarketStore's: a number beside a timestamp counts seconds, texts may be of its own form, columns of functions have its
    /// names.
    case marketstore
}
