import Columnar

/// How one column lies in a memtable chunk.
struct ColumnLayout: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// No row has a value; nothing is stored.
        case none
        case boolean
        /// Integers or timestamps.
        case int64
        case float64
        /// Mantissas of one scale.
        case scaledInteger(scale: Int)
        /// Codes of the table's dictionary for the column.
        case code
        case text
    }

    var kind: Kind
    /// Whether a byte a row tells if there is a value.
    var isNullable: Bool

    /// The layout for a vector that follows rows of layout `previous`.
    init(_ vector: Vector?, after previous: ColumnLayout?) {
        guard let vector, let kind = Self.kind(of: vector) else {
            self.kind = previous?.kind ?? .none
            self.isNullable = self.kind != .none
            return
        }
        self.kind = kind
        self.isNullable = vector.validity != nil || previous?.isNullable == true || previous?.kind == Kind.none
    }

    /// Whether rows of the vector can follow in a chunk of this layout.
    func accepts(_ vector: Vector?) -> Bool {
        guard let vector, let kind = Self.kind(of: vector) else { return isNullable || self.kind == .none }
        return kind == self.kind && (isNullable || vector.validity == nil)
    }

    /// Bytes of a row's value, text itself aside.
    var valueBytes: Int {
        switch kind {
        case .none: 0
        case .boolean: 1
        case .int64, .float64, .scaledInteger: 8
        case .code, .text: 4
        }
    }

    /// Nil for all null.
    private static func kind(of vector: Vector) -> Kind? {
        switch vector.form {
        case .boolean, .constant(.boolean, _): .boolean
        case .int64, .sequence, .constant(.int64, _), .constant(.timestamp, _): .int64
        case .float64, .constant(.float64, _): .float64
        case .scaledInteger(_, let scale): .scaledInteger(scale: scale)
        case .dictionary: .code
        case .text: .text
        case .constant(.text, _): vector.type == .symbol ? .code : .text
        case .constant(.null, _): nil
        }
    }
}
