import Columnar

extension Vector {
    /// The values as ones of a column's type: int64 as float64 or timestamp, timestamp as int64. Text stays as it is: a store
    /// takes either form for symbol and string.
    func converted(to type: ColumnType) -> Vector {
        guard type != self.type, !(type.isText && self.type.isText) else { return self }
        if case .constant(let value, let count) = form {
            return Vector(type: type, form: .constant(value.converted(to: type), count: count), validity: validity)
        }
        switch type {
        case .float64 where self.type == .int64:
            return Vector(type: type, form: .float64(float64Values), validity: validity)
        case .timestamp where self.type == .int64, .int64 where self.type == .timestamp:
            return Vector(type: type, form: form, validity: validity)
        default: return self
        }
    }
}

extension Scalar {
    /// The value as one of a column's type; itself if it is none that turns into it.
    func converted(to type: ColumnType) -> Scalar {
        switch (self, type) {
        case (.int64(let value), .float64): .float64(Double(value))
        case (.int64(let value), .timestamp): .timestamp(value)
        case (.timestamp(let value), .int64): .int64(value)
        default: self
        }
    }
}
