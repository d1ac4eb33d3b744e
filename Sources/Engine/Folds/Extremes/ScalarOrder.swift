import Columnar

/// The order of values of one type: numbers by size, text by its UTF-8 bytes, false before true.
enum ScalarOrder {
    /// Whether left is less than right; false for NaN, and for values of different types.
    static func isLess(_ left: Scalar, _ right: Scalar) -> Bool {
        switch (left, right) {
        case (.int64(let left), .int64(let right)), (.timestamp(let left), .timestamp(let right)): left < right
        case (.float64(let left), .float64(let right)): left < right
        case (.text(let left), .text(let right)): OrderedText(left) < OrderedText(right)
        case (.boolean(let left), .boolean(let right)): !left && right
        default: false
        }
    }
}

/// Text in the order of its UTF-8 bytes, which is that of its Unicode scalars.
struct OrderedText: Comparable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: OrderedText, right: OrderedText) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    static func < (left: OrderedText, right: OrderedText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension Scalar {
    /// Whether this is no number: it has no place in an order.
    var isNaN: Bool {
        if case .float64(let value) = self { value.isNaN } else { false }
    }
}
