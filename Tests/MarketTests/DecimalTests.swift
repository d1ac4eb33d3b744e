import Testing

@testable import Market

@Suite("A decimal")
struct DecimalTests {
    @Test(
        "is read exactly",
        arguments: [
            ("61837.63000000", 8, 6_183_763_000_000), ("0", 8, 0), ("-1.5", 1, -15), ("7", 3, 7_000), (".5", 1, 5),
            ("1.50000", 1, 15), ("92233720368.54775807", 8, Int64.max), ("00012", 0, 12), ("5.", 2, 500),
        ] as [(String, Int, Int64)]
    )
    func parses(text: String, scale: Int, mantissa: Int64) throws {
        #expect(try Decimal(text, scale: scale).mantissa == mantissa)
    }

    @Test(
        "is refused with the reason",
        arguments: [
            ("", .malformed), ("-", .malformed), (".", .malformed), ("1e5", .malformed), ("1.2.3", .malformed),
            (" 1", .malformed), ("+1", .malformed), ("1.234567891", .inexact), ("92233720368.54775808", .overflow),
            ("99999999999999999999999999", .overflow),
        ] as [(String, DecimalError)]
    )
    func refuses(text: String, reason: DecimalError) {
        #expect(throws: reason) { try Decimal(text, scale: 8) }
    }

    @Test("is written as it was read", arguments: ["61837.63000000", "-0.00000010", "0.00000000", "12.34567890"])
    func roundTrips(text: String) throws {
        let value = try Decimal(text, scale: 8)
        #expect(value.description == text)
        #expect(try Decimal(value.description, scale: 8) == value)
    }

    @Test("adds, subtracts and multiplies exactly, and throws where 64 bits do not suffice")
    func arithmetic() throws {
        let a = try Decimal("1.25", scale: 2)
        let b = try Decimal("0.125", scale: 3)
        #expect(try a.adding(b).description == "1.375")
        #expect(try a.subtracting(b).description == "1.125")
        #expect(try a.multiplied(by: b).description == "0.15625")
        let largest = Decimal(mantissa: .max, scale: 0)
        #expect(throws: DecimalError.overflow) { try largest.adding(Decimal(mantissa: 1, scale: 0)) }
        #expect(throws: DecimalError.overflow) { try largest.rescaled(to: 1) }
        #expect(throws: DecimalError.overflow) { try Decimal(mantissa: .min, scale: 0).subtracting(a) }
        #expect(throws: DecimalError.overflow) { try largest.multiplied(by: Decimal(mantissa: 2, scale: 0)) }
        #expect(throws: DecimalError.inexact) { try b.rescaled(to: 2) }
    }
}
