import Columnar

/// The texts of a symbol column, each once, and the codes that rows have for them.
///
/// A reader knows the texts that were sent last; when there are more, all are sent again, in place of those. (Deltas would be
/// shorter, but not every reader knows them.) Texts that no row of the batch has are left out then, if they are the most: so a
/// dictionary is never twice as large as its batch needs, and sending it costs no more than writing every row's text out.
struct ArrowDictionary {
    /// A dictionary of up to so many texts is small, whatever its batch needs.
    static let smallMax = 256
    /// Stands for the code of a text that no row has had yet.
    private static let unknown = UInt32.max

    let id: Int64
    private var interner = TextInterner()
    /// Texts that the reader knows; nil if it has no dictionary yet.
    private var sentCount: Int?
    /// The last dictionary of a vector, and our codes for its codes.
    private var source: StringDictionary?
    private var codes: [UInt32] = []

    init(id: Int64) { self.id = id }

    /// Appends the codes of a vector's rows; 0 for rows without a value.
    mutating func append(_ vector: Vector, _ isValid: UnsafePointer<UInt8>?, to values: ByteSink) {
        if case .dictionary(let codes, let dictionary) = vector.form {
            if source !== dictionary {
                source = dictionary
                self.codes = [UInt32](repeating: Self.unknown, count: dictionary.values.count)
            }
            codes.withUnsafeBufferPointer { codes in
                for row in 0..<codes.count {
                    // The code of a row without a value may be any.
                    let isPresent = isValid.map { $0[row] == 1 } ?? true
                    values.append(word: isPresent ? code(of: Int(codes[row]), in: dictionary) : 0)
                }
            }
        } else if case .constant(let value, let count) = vector.form {
            let code = value.text.map { interner.id(of: $0) } ?? 0
            for _ in 0..<count { values.append(word: code) }
        } else {
            for row in 0..<vector.count {
                values.append(word: vector.scalar(at: row).text.map { interner.id(of: $0) } ?? 0)
            }
        }
    }

    @inline(__always)
    private mutating func code(of code: Int, in dictionary: StringDictionary) -> UInt32 {
        if codes[code] == Self.unknown { codes[code] = interner.id(of: dictionary.values[code]) }
        return codes[code]
    }

    /// The texts for a batch of these codes if the reader does not know them all. The codes may change.
    mutating func textsToSend(with values: ByteSink) -> [String]? {
        if sentCount == interner.texts.count { return nil }
        if interner.texts.count > Self.smallMax { leaveOutUnused(values) }
        sentCount = interner.texts.count
        return interner.texts
    }

    private mutating func leaveOutUnused(_ values: ByteSink) {
        values.withWords { rows in
            var isUsed = [Bool](repeating: false, count: interner.texts.count)
            for code in rows { isUsed[Int(code)] = true }
            guard isUsed.count > 2 * isUsed.count(where: { $0 }) else { return }
            var kept = TextInterner()
            var translation = [UInt32](repeating: 0, count: isUsed.count)
            for (code, text) in interner.texts.enumerated() where isUsed[code] { translation[code] = kept.id(of: text) }
            for row in rows.indices { rows[row] = translation[Int(rows[row])] }
            interner = kept
            source = nil
        }
    }
}
