extension RPCParameters.Invalid {
    /// What a parameter must be.
    ///
    /// - Parameter name: the parameter without case and underscores, as it is looked for.
    init(_ name: String, _ kind: String) { self.init(message: "\(Self.spelled[name] ?? name) must be \(kind)") }

    /// How clients spell names in which words are put together; JSON's spelling differs in case and underscores alone.
    private static let spelled = [
        "keycategory": "key_category", "epochstart": "epoch_start", "epochstartnanos": "epoch_start_nanos",
        "epochend": "epoch_end", "epochendnanos": "epoch_end_nanos", "limitrecordcount": "limit_record_count",
        "limitfromstart": "limit_from_start", "issqlstatement": "is_sqlstatement", "sqlstatement": "sql_statement",
        "isvariablelength": "is_variable_length", "rowtype": "row_type", "columnnames": "column_names",
        "columntypes": "column_types",
    ]
}
