import Columnar
import Synchronization

/// The distinct texts of one symbol column of one table in a memtable; grows only.
///
/// The WAL thread adds. A reader that saw a row published finds the row's text in ``stable``.
final class SymbolDictionary: @unchecked Sendable {
    // Sendable: `texts` is behind its mutex; the rest belongs to the WAL thread.

    private struct Texts {
        var values: [String] = []
        var stable: StringDictionary?
    }

    private let texts = Mutex(Texts())
    private var codes: [String: UInt32] = [:]
    private var maps: [CodeMap] = []
    private var lastUnmapped: StringDictionary?

    /// Feeds send the same few dictionaries again and again; more than these are mapped anew.
    private static let mapsMax = 8
    /// A smaller group's dictionary is mapped at once only if it has no more texts than the group has rows.
    private static let mappedRowsMin = 4

    /// What an entry costs beside its bytes: a dictionary slot and two strings.
    private static let entryBytes = 64

    /// Bytes held, about.
    private(set) var byteCount = 0

    /// The code of a text, new if it was not seen.
    func intern(_ text: String) -> UInt32 {
        if let code = codes[text] { return code }
        let code = UInt32(codes.count)
        codes[text] = code
        texts.withLock { $0.values.append(text) }
        byteCount += Self.entryBytes + text.utf8.count
        return code
    }

    /// Writes the codes of `source`, which belong to `dictionary`, in this dictionary's numbers.
    func translate(
        _ source: UnsafeBufferPointer<UInt32>,
        of dictionary: StringDictionary,
        to target: UnsafeMutablePointer<UInt32>
    ) {
        guard let map = knownMap(of: dictionary) ?? newMap(of: dictionary, rows: source.count) else {
            for row in source.indices { target[row] = intern(dictionary.values[Int(source[row])]) }
            return
        }
        map.codes.withUnsafeMutableBufferPointer { codes in
            for row in source.indices {
                let code = Int(source[row])
                var own = codes[code]
                if own == CodeMap.unknown {
                    own = intern(dictionary.values[code])
                    codes[code] = own
                }
                target[row] = own
            }
        }
    }

    /// A dictionary that holds every code published so far; the same object until a text is added.
    var stable: StringDictionary {
        texts.withLock { texts in
            if let stable = texts.stable, stable.values.count == texts.values.count { return stable }
            let stable = StringDictionary(texts.values)
            texts.stable = stable
            return stable
        }
    }

    private func knownMap(of dictionary: StringDictionary) -> CodeMap? {
        for map in maps where map.dictionary === dictionary { return map }
        return nil
    }

    /// Nil if the rows are so few that to look their texts up costs less than a map that may not be asked again. A
    /// dictionary that comes twice in a row will be.
    private func newMap(of dictionary: StringDictionary, rows: Int) -> CodeMap? {
        if rows < Self.mappedRowsMin, dictionary.values.count > rows, lastUnmapped !== dictionary {
            lastUnmapped = dictionary
            return nil
        }
        if maps.count == Self.mapsMax { maps.removeFirst() }
        let map = CodeMap(dictionary)
        maps.append(map)
        return map
    }
}

/// Another dictionary's codes in this one's numbers, filled in as they occur.
private final class CodeMap {
    static let unknown = UInt32.max

    let dictionary: StringDictionary
    var codes: [UInt32]

    init(_ dictionary: StringDictionary) {
        self.dictionary = dictionary
        self.codes = [UInt32](repeating: Self.unknown, count: dictionary.values.count)
    }
}
