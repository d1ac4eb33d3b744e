/// What a shell was told about how it works.
struct ShellSettings {
    /// Rows of an answer that are drawn for a person, unless told otherwise: some screens of them.
    static let rowsForPeople = 500

    /// Whether times are told.
    var isTiming = false
    /// Whether each value has a line of its own.
    var isExpanded = false
    /// Rows of an answer that are drawn; nil for all.
    var rowsMax: Int?
    /// Whether rows are written as CSV instead of being drawn.
    var isCSV = false
    /// Where CSV goes instead of the terminal.
    var output: OutputFile?
}
