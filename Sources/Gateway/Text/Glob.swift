/// A pattern in which `*` stands for any text: `*.BINANCE`, `ofi_*`.
struct Glob: Sendable, Hashable {
    let text: String
    private let pattern: [UInt8]

    init(_ text: String) {
        self.text = text
        self.pattern = Array(text.utf8)
    }

    /// Whether the text holds a `*`.
    static func isPattern(_ text: String) -> Bool { text.utf8.contains(UInt8(ascii: "*")) }

    /// Linear in the lengths' product at worst: the last `*` is the only place to go back to.
    func matches(_ name: String) -> Bool {
        let name = Array(name.utf8)
        var position = 0
        var index = 0
        var star: (pattern: Int, name: Int)?
        while index < name.count {
            if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
                star = (position, index)
                position += 1
            } else if position < pattern.count, pattern[position] == name[index] {
                position += 1
                index += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                position = last.pattern + 1
                index = last.name + 1
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
