import Columnar

extension ScalarCatalog {
    private static let text = [parameter("text", .text)]
    private static let number = parameter("n", .integer)

    private static func map(_ function: ScalarFunction, _ summary: String) -> FunctionSignature {
        entry(function, text, .firstArgument, summary)
    }

    private static func trimming(_ function: ScalarFunction, _ summary: String) -> FunctionSignature {
        entry(function, text + [parameter("characters", .text)], optional: 1, .firstArgument, summary)
    }

    private static func test(_ function: ScalarFunction, _ summary: String) -> FunctionSignature {
        entry(function, text + [parameter("part", .text)], .fixed(.boolean), summary)
    }

    private static func padding(_ function: ScalarFunction, _ summary: String) -> FunctionSignature {
        entry(function, text + [number, parameter("filling", .text)], optional: 1, .firstArgument, summary)
    }

    static let texts: [FunctionSignature] = [
        entry(.length, text, .fixed(.int64), "Number of characters, also `len`."),
        map(.lower, "Small letters, also `to_lowercase`."),
        map(.upper, "Capital letters, also `to_uppercase`."),
        trimming(.trim, "Without the spaces, or the given characters, at both ends."),
        trimming(.ltrim, "Without the spaces, or the given characters, at the start."),
        trimming(.rtrim, "Without the spaces, or the given characters, at the end."),
        entry(
            .substring,
            text + [parameter("start", .integer), parameter("count", .integer)],
            optional: 1,
            .firstArgument,
            "The part from a place on, counted from 1; also `substr`."
        ),
        entry(.left, text + [number], .firstArgument, "The first n characters; all but the last -n if n is negative."),
        entry(.right, text + [number], .firstArgument, "The last n characters; all but the first -n if n is negative."),
        entry(
            .concat,
            [parameter("value", .any)],
            isVariadic: true,
            .fixed(.string),
            "All values as one text; null ones are empty."
        ),
        entry(
            .replace,
            text + [parameter("part", .text), parameter("by", .text)],
            .firstArgument,
            "With every occurrence of a part replaced."
        ),
        padding(.lpad, "Filled up at the start to n characters, or cut to them."),
        padding(.rpad, "Filled up at the end to n characters, or cut to them."),
        map(.reverse, "The characters from the last to the first."),
        entry(.repeat, text + [number], .firstArgument, "n copies in a row."),
        entry(
            .strpos,
            text + [parameter("part", .text)],
            .fixed(.int64),
            "Place of the first occurrence, 0 if none; also `position`."
        ),
        test(.contains, "Whether a part occurs in it."),
        test(.startsWith, "Whether it begins with a part."),
        test(.endsWith, "Whether it ends with a part."),
        entry(
            .splitPart,
            text + [parameter("separator", .text), number],
            .firstArgument,
            "The n-th piece between separators, from 1, or from the end if n is negative."
        ),
        entry(
            .regexpReplace,
            text + [parameter("pattern", .text), parameter("by", .text)],
            .fixed(.string),
            "With everything that a regular expression finds replaced; `$1` stands for what its first group found."
        ),
        entry(.ascii, text, .fixed(.int64), "Code of the first character; 0 of an empty text."),
        entry(.chr, [parameter("code", .integer)], .fixed(.string), "The character of a code."),
    ]
}
