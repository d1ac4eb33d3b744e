/// Reads what names one scalar out of several: `[a-z]`, `\d`, `\x41`.
struct RegexClassReader {
    private let scalars: [Unicode.Scalar]
    /// What is read next.
    private(set) var position: Int

    init(_ scalars: [Unicode.Scalar], _ position: Int) {
        self.scalars = scalars
        self.position = position
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    private func fault(_ message: String, hint: String? = nil, at place: Int? = nil) -> RegularExpression.Fault {
        RegularExpression.Fault(message: message, hint: hint, position: place ?? position)
    }

    // MARK: Brackets

    /// `[…]`, the bracket of which is next.
    mutating func bracket(ignoresCase: Bool) throws(RegularExpression.Fault) -> ScalarSet {
        let start = position
        position += 1
        var isNegated = false
        if peek() == "^" {
            isNegated = true
            position += 1
        }
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let scalar = peek() {
            // A bracket that would leave the class empty is a character.
            if scalar == "]", !isFirst {
                position += 1
                let set = ignoresCase ? ScalarSet(ranges).ignoringCase : ScalarSet(ranges)
                return isNegated ? set.inverted : set
            }
            isFirst = false
            if scalar == "[", peek(1) == ":" {
                ranges += try posix().ranges
                continue
            }
            let from = position
            let lower = try member()
            guard peek() == "-", let end = peek(1), end != "]" else {
                ranges += lower.ranges
                continue
            }
            position += 1
            let upper = try member()
            guard let first = lower.only, let last = upper.only, first <= last else {
                throw fault("the range in brackets has no order", hint: "write the smaller character first", at: from)
            }
            ranges.append(first...last)
        }
        throw fault("'[' is not closed", hint: #"close it with ']', or write \[ for the character"#, at: start)
    }

    private mutating func member() throws(RegularExpression.Fault) -> ScalarSet {
        guard let scalar = peek() else { throw fault("'[' is not closed") }
        if scalar == "\\" { return try escape() }
        position += 1
        return ScalarSet(scalar)
    }

    /// `[:alpha:]` or `[:^alpha:]`, within brackets.
    private mutating func posix() throws(RegularExpression.Fault) -> ScalarSet {
        let start = position
        position += 2
        var isNegated = false
        if peek() == "^" {
            isNegated = true
            position += 1
        }
        let first = position
        while let scalar = peek(), ScalarSet.words.contains(scalar) { position += 1 }
        let name = TextSlicing.string(Array(scalars[first..<position]))
        guard peek() == ":", peek(1) == "]", let set = ScalarSet.posix[name] else {
            let names = ScalarSet.posix.keys.sorted()
            let near = NearestName.find(name, among: names).map { "did you mean [:\($0):]?" }
            let known = "known are " + names.joined(separator: ", ")
            throw fault("unknown class '[:\(QueryDiagnostic.shortened(name)):]'", hint: near ?? known, at: start)
        }
        position += 2
        return isNegated ? set.inverted : set
    }

    // MARK: Escapes

    /// `\` and what follows it, if that names scalars.
    mutating func escape() throws(RegularExpression.Fault) -> ScalarSet {
        let start = position
        guard let scalar = peek(1) else { throw fault(#"'\' ends the pattern"#, hint: #"write \\ for the character"#) }
        position += 2
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet.digits.inverted
        case "w": return .words
        case "W": return ScalarSet.words.inverted
        case "s": return .spaces
        case "S": return ScalarSet.spaces.inverted
        case "n": return ScalarSet("\n")
        case "t": return ScalarSet("\t")
        case "r": return ScalarSet("\r")
        case "f": return ScalarSet("\u{0C}")
        case "v": return ScalarSet("\u{0B}")
        case "a": return ScalarSet("\u{07}")
        case "0": return ScalarSet("\0")
        case "x": return try hexadecimal(from: start)
        default: break
        }
        guard !ScalarSet.words.contains(scalar) || scalar == "_" else {
            throw fault(
                #"'\"# + "\(scalar)' is not known",
                hint: #"known are \d \w \s \b \A \z, \D \W \S \B, \n \t \r \f \v \a \0, \x41 and \Q…\E"#,
                at: start
            )
        }
        return ScalarSet(scalar)
    }

    /// `\x41` or `\x{1F600}`, after the `x`.
    private mutating func hexadecimal(from start: Int) throws(RegularExpression.Fault) -> ScalarSet {
        var digits = ""
        if peek() == "{" {
            position += 1
            while let scalar = peek(), scalar != "}", digits.count < 8 {
                digits.unicodeScalars.append(scalar)
                position += 1
            }
            if peek() == "}" { position += 1 } else { digits = "" }
        } else {
            while let scalar = peek(), digits.count < 2 {
                digits.unicodeScalars.append(scalar)
                position += 1
            }
            if digits.count < 2 { digits = "" }
        }
        let isPlain = digits.utf8.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }
        guard isPlain, let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code) else {
            throw fault(
                #"'\x' takes two hexadecimal digits, or a code in braces"#,
                hint: #"\x41 and \x{41} are A"#,
                at: start
            )
        }
        return ScalarSet(scalar)
    }
}

extension ScalarSet {
    /// The one scalar that it has; nil if it has none, or several.
    fileprivate var only: UInt32? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }
}
